"""A figure, what it should be, and the table in which it stands beside its limits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from crm_cli.bench.load import Sample
from crm_cli.console import table

OTHERS = "others"
MET, MISSED, LIMIT, SHOWN = "met", "MISSED", "limit", ""
_HEADINGS = (
    "",
    "clients",
    "per s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "target",
    "verdict",
    "cpu ms",
    "cores",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a run must reach; what is None is not asked."""

    rate: float | None = None
    p95: float | None = None
    p99: float | None = None

    def __str__(self) -> str:
        wanted = [f">= {self.rate:g}/s"] if self.rate is not None else []
        wanted += [f"p95 <= {self.p95:g}"] if self.p95 is not None else []
        wanted += [f"p99 <= {self.p99:g}"] if self.p99 is not None else []
        return ", ".join(wanted)

    def verdict(self, sample: Sample) -> str:
        """Say whether a run reached it."""
        reached = (
            (self.rate is None or sample.rate >= self.rate)
            and (self.p95 is None or sample.percentile(0.95) <= self.p95)
            and (self.p99 is None or sample.percentile(0.99) <= self.p99)
        )
        return MET if reached else MISSED


@dataclass(slots=True)
class Figure:
    """One line of the table; what was not measured is None."""

    name: str
    verdict: str = SHOWN
    target: str = ""
    clients: int | None = None
    rate: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    cores: Mapping[str, float] = field(default_factory=dict)

    def cells(self) -> list[str]:
        """Return the line as text."""
        cores = " ".join(f"{who} {used:.2f}" for who, used in self.cores.items())
        numbers = [_number(value) for value in (self.rate, self.p50, self.p95, self.p99)]
        shown = [*numbers, self.target, self.verdict, _number(self.cpu_ms), cores]
        return [self.name, str(self.clients or ""), *shown]

    @property
    def cpu_ms(self) -> float | None:
        """Processor time of all our processes for one answer: steadier than the rate."""
        if not self.rate or not self.cores:
            return None
        ours = sum(used for who, used in self.cores.items() if who != OTHERS)
        return ours / self.rate * 1000


def of_sample(
    name: str,
    sample: Sample,
    *,
    clients: int,
    target: Target | None = None,
    cores: Mapping[str, float] | None = None,
) -> Figure:
    """Return the line of a run; without a target it only tells."""
    return Figure(
        name,
        verdict=target.verdict(sample) if target else SHOWN,
        target=str(target or ""),
        clients=clients,
        rate=sample.rate,
        p50=sample.percentile(0.5),
        p95=sample.percentile(0.95),
        p99=sample.percentile(0.99),
        cores=cores or {},
    )


def limit(
    name: str, sample: Sample, *, clients: int, cores: Mapping[str, float] | None = None
) -> Figure:
    """Return the line of what this machine could do at most."""
    return replace(of_sample(name, sample, clients=clients, cores=cores), verdict=LIMIT)


def ratio(name: str, value: float, *, at_least: float | None = None) -> Figure:
    """Return the line that compares two others; without a bound it only tells."""
    if at_least is None:
        return Figure(f"{name}: {value:.2f} x")
    verdict = MET if value >= at_least else MISSED
    return Figure(f"{name}: {value:.2f} x", verdict=verdict, target=f">= {at_least:g} x")


def within(name: str, value: float, *, at_most: float, unit: str) -> Figure:
    """Return the line of one number that must not be larger."""
    verdict = MET if value <= at_most else MISSED
    return Figure(f"{name}: {value:.2f} {unit}", verdict=verdict, target=f"<= {at_most:g} {unit}")


@dataclass(slots=True)
class Report:
    """What one part measured, with what must be known to read it."""

    part: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the part's table and notes."""
        lines = table([_HEADINGS, *(figure.cells() for figure in self.figures)])
        return "\n".join([f"== {self.part}", lines, *(f"   {note}" for note in self.notes)])

    def document(self) -> dict[str, object]:
        """Return the part for a program."""
        return asdict(self)


def missed(reports: Sequence[Report]) -> list[str]:
    """Return the names of the figures that are not what they should be."""
    return [
        f"{report.part}: {figure.name}"
        for report in reports
        for figure in report.figures
        if figure.verdict == MISSED
    ]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 100:  # noqa: PLR2004 enough digits
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004
