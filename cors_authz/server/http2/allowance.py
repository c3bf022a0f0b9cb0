"""How much a peer may ask for that is no request: a bucket refilled by time and by requests."""

from cors_authz.server.http2.errors import ConnectionFailedError, ErrorCode


class Allowance:
    """Frames that cost us work and bring none, kept in proportion to those that do.

    Floods of pings, settings, resets, priorities, window updates and empty frames (CVE-2019-9511
    to 9518, CVE-2023-44487) end here, while a busy client may go on as long as it sends requests.
    """

    def __init__(
        self, *, burst: float, per_second: float, per_request: float, now_s: float
    ) -> None:
        self._burst = burst
        self._per_second = per_second
        self._per_request = per_request
        self._left = burst
        self._refilled_s = now_s

    def earn(self) -> None:
        """Note a complete request."""
        self._left = min(self._burst, self._left + self._per_request)

    def spend(self, now_s: float, amount: float = 1.0) -> None:
        """Note a frame that brings no work, or one that costs as much as ``amount`` of them.

        Raises:
            ConnectionFailedError: There were too many.
        """
        self._left -= amount
        if self._left >= 0.0:
            return
        refill = (now_s - self._refilled_s) * self._per_second
        self._left = min(self._burst, self._left + refill)
        self._refilled_s = now_s
        if self._left < 0.0:
            raise ConnectionFailedError(ErrorCode.ENHANCE_YOUR_CALM, "too many frames without work")
