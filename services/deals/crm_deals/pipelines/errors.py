"""Why the pipelines feature says no."""

from collections.abc import Sequence
from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class PipelineNotFoundError(NotFoundError):
    problem = "pipeline-not-found"

    def __init__(self, pipeline_id: UUID) -> None:
        super().__init__(f"There is no pipeline {pipeline_id}.", pipeline_id=str(pipeline_id))


class StageNotFoundError(NotFoundError):
    problem = "stage-not-found"

    def __init__(self, stage_id: UUID) -> None:
        super().__init__(f"There is no stage {stage_id}.", stage_id=str(stage_id))


class StageInUseError(ConflictError):
    problem = "stage-in-use"

    def __init__(self, stage_id: UUID) -> None:
        super().__init__(
            "Deals stand in this stage or went through it: archive it instead.",
            stage_id=str(stage_id),
        )


class StageOutcomeFixedError(ConflictError):
    problem = "stage-outcome-fixed"

    def __init__(self, stage_id: UUID) -> None:
        super().__init__(
            "Deals have entered this stage, so its outcome stays what it was.",
            stage_id=str(stage_id),
        )


class PipelineInUseError(ConflictError):
    problem = "pipeline-in-use"

    def __init__(self, pipeline_id: UUID) -> None:
        super().__init__(
            "Deals belong to this pipeline: archive its stages instead.",
            pipeline_id=str(pipeline_id),
        )


class NoOpenStageError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError(
                "/stages", "no-open-stage", "A pipeline needs a stage for deals to begin in."
            )
        )


class UnknownPlacesError(InvalidError):
    """A pipeline or stages that are not there, named by a rule that would then never hold."""

    def __init__(self, *, stages: Sequence[int] = (), pipeline: bool = False) -> None:
        words = "There is no such stage, or it belongs to another pipeline."
        faults = [FieldError(f"/stage_ids/{place}", "unknown-stage", words) for place in stages]
        if pipeline:
            there = "There is no such pipeline."
            faults.append(FieldError("/pipeline_id", "unknown-pipeline", there))
        super().__init__(*faults)


class DefaultPipelineError(ConflictError):
    problem = "default-pipeline"

    def __init__(self) -> None:
        super().__init__("One pipeline must be the default: make another one the default first.")
