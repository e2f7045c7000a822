"""What the lists and the library refuse, in SCIM's words. RFC 7644 §3.12"""

from pydantic import ValidationError
from scim2_models import Error, SCIMException

from intake.administration import EntryError, TakenEntryError
from intake.ports import ConflictError
from intake.scim.mapping import UnusableUserError


def refusal_of(error: Exception) -> Error | None:
    """The answer for a refusal; None for what is a defect of ours."""
    match error:
        case SCIMException():
            return error.to_error()
        case ValidationError():
            return Error.from_validation_error(error.errors()[0])
        case UnusableUserError():
            return Error(status=400, scim_type="invalidValue", detail=str(error)[:400])
        case TakenEntryError():
            return Error(status=409, scim_type="uniqueness", detail=error.message)
        case EntryError():
            return Error(status=400, scim_type="invalidValue", detail=error.message)
        case ConflictError():
            return Error(status=409, detail=str(error))
    return None
