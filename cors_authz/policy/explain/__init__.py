"""Explanations of decisions, for people: pure, and made of what :func:`decide` decided.

No rule of CORS is applied here a second time: verdicts come from
:func:`cors_authz.policy.decide.decide`, groups from the router, outcomes from policies.
"""

from cors_authz.policy.explain.curl import CurlCommand, parse_curl
from cors_authz.policy.explain.explanation import Explained, Explanation, explain
from cors_authz.policy.explain.inquiry import Inquiry, InquiryError, make_inquiry
from cors_authz.policy.explain.members import explained_members

__all__ = [
    "CurlCommand",
    "Explained",
    "Explanation",
    "Inquiry",
    "InquiryError",
    "explain",
    "explained_members",
    "make_inquiry",
    "parse_curl",
]
