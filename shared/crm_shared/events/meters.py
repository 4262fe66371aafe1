"""What the street measures of itself, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

RELAY_LEADER = Gauge("crm_relay_is_leader", "1 while this process publishes", ["service"])
RELAY_PUBLISHED = Counter("crm_outbox_published_total", "Events published", ["service"])
RELAY_REPUBLISHED = Counter(
    "crm_relay_reconcile_republished_total", "Events the broker had forgotten", ["service"]
)
OUTBOX_PENDING = Gauge("crm_outbox_pending", "Events not published yet", ["service"])
OUTBOX_OLDEST = Gauge("crm_outbox_oldest_seconds", "Age of the oldest unpublished", ["service"])
HANDLED = Counter("crm_events_handled_total", "Events by durable and result", ["durable", "result"])
REDELIVERED = Counter("crm_redeliveries_total", "Deliveries after the first", ["durable"])
EVENT_AGE = Histogram(
    "crm_event_age_seconds",
    "Recorded → effect committed",
    ["durable"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
DEAD_LETTERED = Counter("crm_dead_lettered_total", "Dead letters written", ["durable", "reason"])
LAG = Gauge("crm_consumer_lag", "Events not finished", ["durable"])
JOB_RUNS = Counter("crm_job_rows_total", "Rows handled by timed jobs", ["job"])
HEARTBEAT = Gauge("crm_loop_heartbeat_seconds", "Unix time of a loop's last round", ["loop"])
