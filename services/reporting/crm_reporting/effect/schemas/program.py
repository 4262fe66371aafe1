"""Scenarios in, outcomes out, as text: what the command line asks without a running system."""

from pydantic import TypeAdapter, ValidationError

from crm_reporting.effect.rules.scenarios import outcome
from crm_reporting.effect.schemas.outcomes import OutcomeOut, told
from crm_reporting.effect.schemas.scenarios import ScenarioIn, own_currency
from crm_shared.errors import ServiceError

SCENARIOS = TypeAdapter(list[ScenarioIn])
OUTCOMES = TypeAdapter(list[OutcomeOut])


class WrongInputError(Exception):
    """The text is no list of scenarios; says where and which rule, never what was written."""


def worked_out(text: str) -> str:
    """Return the outcomes of a JSON list of scenarios, as JSON; amounts stay in their currency."""
    try:
        found = [_outcome(scenario) for scenario in SCENARIOS.validate_json(text)]
    except ValidationError as wrong:
        errors = wrong.errors(include_input=False, include_url=False)
        lines = (f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in errors)
        raise WrongInputError("\n".join(dict.fromkeys(lines))) from None
    except ServiceError as refused:
        where = "; ".join(each.pointer for each in refused.errors)
        raise WrongInputError(f"{where}: {refused.detail}") from None
    return OUTCOMES.dump_json(found).decode()


def _outcome(scenario: ScenarioIn) -> OutcomeOut:
    costs = scenario.economics.structure(own_currency(scenario.economics.currency))
    return told(outcome(scenario.scenario(costs)), costs)
