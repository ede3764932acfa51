"""An answer of AWS that is an error."""


class Refused(Exception):
    """AWS says no: the code, a sentence, the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message, 400)


def not_found(kind: str, id: str) -> Refused:
    return Refused("ResourceNotFoundException", f"{kind} {id} does not exist", 404)
