"""What pipelines and stages can be filtered and sorted by."""

from datetime import datetime
from uuid import UUID

from crm_deals.pipelines.models import Pipeline, Stage
from crm_shared.filters import Field, Fields
from crm_shared.http.pagination import listing

PIPELINE_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, Pipeline.id),
            "label": Field(str, Pipeline.label),
            "is_default": Field(bool, Pipeline.is_default),
            "created_at": Field(datetime, Pipeline.created_at),
            "source_system": Field(str, Pipeline.source_system),
            "external_id": Field(str, Pipeline.external_id),
        }
    ),
    sort=("created_at", "label"),
    default="created_at",
)
STAGE_LISTING = listing(
    Fields(
        {
            "id": Field(UUID, Stage.id),
            "pipeline_id": Field(UUID, Stage.pipeline_id),
            "label": Field(str, Stage.label),
            "outcome": Field(str, Stage.outcome),
            "position": Field(int, Stage.position),
            "archived_at": Field(datetime, Stage.archived_at),
        }
    ),
    sort=("pipeline_id", "position", "label"),
    default="pipeline_id,position",
)
