"""What a reading is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a reading under its heading."""

    key: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading from its first part to its last."""

    sections: tuple[Section, ...]

    def text(self) -> str:
        """The whole as light markdown: headings are short bold lines."""
        return "\n\n".join(f"**{part.heading}**\n{part.text}" for part in self.sections)
