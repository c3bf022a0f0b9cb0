"""Every fixture."""

from collections.abc import Sequence

from tests.doctor import cases_filters, cases_routes, cases_service
from tests.doctor.case import Case

CASES: Sequence[Case] = (*cases_filters.CASES, *cases_service.CASES, *cases_routes.CASES)
