"""What all documents have in common: how keys are spelled and how strictly values are taken."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

# ``None`` is for keys that are left out; a key without a value is a fault in any file, and the
# schemas say so.
FORM = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)
