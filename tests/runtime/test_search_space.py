import pytest

from interplm.errors import UserError
from interplm.runtime.search_space import Choice, Numbers, search_space


@pytest.mark.parametrize(
    ("written", "possible"),
    [
        ("choice(16,32)", Choice(("16", "32"))),
        ("relu,topk", Choice(("relu", "topk"))),
        ("choice(a,[1,2])", Choice(("a", "[1,2]"))),
        ("interval(1,5)", Numbers(low=1.0, high=5.0)),
        ("tag(log,interval(1e-4,1e-2))", Numbers(low=1e-4, high=1e-2, log=True)),
        ("tag(log,int(interval(4,64)))", Numbers(low=4, high=64, log=True)),
        ("range(1,8,3)", Numbers(low=1, high=7, step=3)),
        ("range(0,1,0.25)", Numbers(low=0.0, high=0.75, step=0.25)),
        ("range(3)", Numbers(low=0, high=2, step=1)),
        ("shuffle(range(1,4))", Numbers(low=1, high=3, step=1)),
        ("shuffle(4,3,2,1)", Choice(("4", "3", "2", "1"))),
    ],
)
def test_hydra_s_words_of_a_sweep_say_what_is_possible(written, possible):
    assert search_space([f"x={written}"]).searched == {"x": possible}


class Lowest:
    """A trial that always takes the lowest value."""

    def suggest_categorical(self, name, choices):
        return choices[0]

    def suggest_int(self, name, low, high, *, step, log):
        assert isinstance(low, int)
        return low

    def suggest_float(self, name, low, high, *, step, log):
        return low


def test_a_trial_s_command_line_has_what_is_fixed_and_what_it_was_given():
    words = ["sae=topk", "sae.k=choice(8,16)", "optimizer.lr=interval(0.5,1)", "n=range(2,9)"]
    space = search_space([*words, "+tags=[a,b]", "sae=relu", "~callbacks"])
    assert space.words(space.suggested(Lowest())) == [
        "sae=relu", "+tags=[a,b]", "~callbacks", "sae.k=8", "optimizer.lr=0.5", "n=2",
    ]  # fmt: skip
    assert space.written["optimizer.lr"] == "interval(0.5,1)"


def test_what_the_command_line_fixes_is_not_searched():
    space = search_space(["sae.k=choice(8,16)", "seed=0", "sae.k=32", "seed=1,2"])
    assert space.fixed == ("sae.k=32",)
    assert list(space.searched) == ["seed"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("interval(5,1)", "is empty: its first bound must be at most the second"),
        ("tag(log,interval(0,1))", "must be above 0 and at most the second"),
        ("range(5,1)", "is empty: its end does not belong to it"),
        ("tag(log,range(1,5))", r"for a logarithmic scale write x='tag\(log,interval"),
    ],
)
def test_what_nothing_can_be_chosen_from_is_refused(written, said):
    with pytest.raises(UserError, match=said):
        search_space([f"x={written}"])
