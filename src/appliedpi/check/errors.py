"""Why a certificate is not accepted."""

from __future__ import annotations

from appliedpi.errors import AppliedPiError


class Malformed(AppliedPiError):
    """The text is not a certificate at all."""


class Rejected(AppliedPiError):
    """The text is a certificate, but does not prove its query."""
