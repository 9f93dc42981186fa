"""Carry the matrix out, one part of the addresses at a time."""

from collections.abc import Callable

from matrix.scene import NOBODY, WHERE, Scene, read_matrix, routes_of


def wrong_cells(scene: Scene, which: Callable[[str], bool]) -> tuple[int, list[str]]:
    """How many cells were asked, and those that were answered in another way than the matrix says."""
    asked, wrong = 0, []
    rules = routes_of(scene.app)
    for route, line in read_matrix().items():
        if not which(route) or route not in rules:
            continue
        for who, letters in line.expected.items():
            cells = WHERE if line.has_object and who != NOBODY else ("here",)
            for place, where in enumerate(cells):
                wanted = letters[place if len(letters) > 1 else 0]
                asked += 1
                got, answer = scene.ask(line, rules[route], who, where)
                if got != wanted:
                    wrong.append(f"{route}: {who} {where} {wanted}, but {got} ({answer.status_code})")
    return asked, wrong
