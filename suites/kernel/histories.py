"""What is kept of one history, and of the shortest one that shows a violation."""

from adapters.exchange import Exchange
from suites.kernel.examine import Examiner
from suites.kernel.ledger import Breach
from suites.kernel.results import Story
from suites.kernel.scenario import Step
from suites.kernel.story import story
from suites.kernel.world import World


class History:
    """One history: its world, its examiner, and the steps that were performed.

    One that is `suspended` goes on in a later run, on the same accounts.
    """

    def __init__(self, world: World, examiner: Examiner) -> None:
        self.world = world
        self.examiner = examiner
        self.steps: list[Step] = []
        self.suspended = False


class Minimal:
    """The shortest scenario of a violation, what it cost, and its last exchanges."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.reproduced = False
        self.exchanges: tuple[Exchange, ...] = ()
        self.story = Story()
        self.requests = 0

    def tell(self, history: History, breach: Breach) -> None:
        """Keep what was asked and answered in a history that showed the violation."""
        self.exchanges = tuple(exchange for _, exchange in history.world.bench.exchanges)
        self.story = story(history, breach)
