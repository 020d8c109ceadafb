"""What was guessed of a table, with how sure it is and why."""

from __future__ import annotations

from dataclasses import dataclass, field

SURE, LIKELY, UNSURE = "sure", "likely", "unsure"


@dataclass(frozen=True)
class Guess:
    """One thing guessed: of what, what, how sure (`sure`, `likely`, `unsure`), and why."""

    what: str
    value: str
    sure: str
    why: str


@dataclass
class Guesses:
    """Everything guessed so far, in order."""

    made: list[Guess] = field(default_factory=list)

    def add(self, what: str, value: str, sure: str, why: str) -> None:
        """Note one guess."""
        self.made.append(Guess(what, value, sure, why))

    def lines(self) -> list[str]:
        """One line each, for a terminal."""
        return [f"{g.sure:<7} {g.what}: {g.value} ({g.why})" for g in self.made]

    def left_out(self) -> list[Guess]:
        """Columns that are not used, and that nobody need doubt."""
        return [guess for guess in self.made if guess.what == "left out" and guess.sure != UNSURE]

    def doubts(self) -> list[Guess]:
        """What somebody who knows the records should look at."""
        return [guess for guess in self.made if guess.sure == UNSURE]
