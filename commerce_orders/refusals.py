"""What a refusal says that people and programs read alike."""


class Refused(Exception):
    """What was asked for cannot be done. ``code`` is stable, ``detail`` is for people, ``field`` is what to change."""

    def __init__(self, code: str, detail: str, *, field: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
