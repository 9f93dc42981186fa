"""Work done beside the others: in order, together, by one thread."""

from threading import Event

from butler.kit.aside import Aside


def test_what_comes_while_it_works_is_done_together_and_in_order() -> None:
    done, begun, go_on, finished = [], Event(), Event(), Event()

    def work(things: list[int]) -> None:
        done.append(things)
        begun.set()
        go_on.wait(10)
        if 5 in things:
            finished.set()

    aside = Aside(work)
    aside([1])
    assert begun.wait(10)
    aside([2, 3])
    aside([4])
    aside([5])
    go_on.set()

    assert finished.wait(10)
    assert done == [[1], [2, 3, 4, 5]]
