"""docs/metrics.md says what the catalogue says."""

from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.metrics.rules.custom import CUSTOM
from crm_reporting.metrics.rules.figures import OWN
from crm_reporting.metrics.rules.page import PAGE, page
from crm_reporting.metrics.use_cases.formulas import FORMULAS


class TestPage:
    def test_is_current(self) -> None:
        assert PAGE.read_text() == page(), "run python -m crm_reporting.metrics.rules.page"

    def test_tells_every_formula_there_is(self) -> None:
        measures = [one for metric in CATALOGUE.values() for one in metric.measures.values()]

        # a company's own metrics are in no page: each company has others
        assert {one.own for one in measures} - {None} == {*OWN, *FORMULAS} - {CUSTOM}
