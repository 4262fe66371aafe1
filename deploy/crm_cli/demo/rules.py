"""The company's automation: which move makes which task, and which message to whom."""

from typing import Any

from crm_cli.api import Api

MOVED = "crm.deals.deal.stage_changed.v1"


def _to(label: str) -> dict[str, Any]:
    return {"field": "to_stage.label", "op": "eq", "value": label}


TASK_RULES: dict[str, dict[str, Any]] = {
    "measure": {
        "name": "Замір: домовитися і виміряти",
        "conditions": _to("Замір"),
        "tasks": [
            {
                "title": {"uk": "Домовитися про замір", "en": "Agree on a measuring visit"},
                "kind": "call",
                "due_in": "PT4H",
            }
        ],
    },
    "contract": {
        "name": "Договір: підготувати",
        "conditions": _to("Договір"),
        "tasks": [
            {
                "title": {"uk": "Підготувати договір", "en": "Prepare the contract"},
                "kind": "document",
                "due_in": "P1D",
            },
            {
                "title": {"uk": "Перевірити знижку", "en": "Check the discount"},
                "kind": "approval",
                "due_in": "P1D",
                "assignee": "team_head",
            },
        ],
    },
    "won": {
        "name": "Виграно: запустити у виробництво",
        "conditions": _to("Виграно"),
        "tasks": [
            {
                "title": {"uk": "Передати у виробництво", "en": "Hand over to production"},
                "kind": "production",
                "due_in": "PT2H",
            }
        ],
    },
}
TEMPLATES: dict[str, dict[str, Any]] = {
    "contract": {
        "name": "Договір готується",
        "texts": {
            "uk": {
                "subject": "Ваше замовлення: {{ deal.title }}",
                "text": "Вітаємо, {{ contact.first_name }}! Готуємо договір. Ваш менеджер: "
                "{{ owner.name }}.",
            },
            "en": {
                "subject": "Your order: {{ deal.title }}",
                "text": "Hello {{ contact.first_name }}! We are preparing the contract. "
                "Your manager: {{ owner.name }}.",
            },
        },
    },
    "won": {
        "name": "Подяка за замовлення",
        "texts": {
            "uk": {
                "subject": "Дякуємо за замовлення!",
                "text": "{{ contact.first_name }}, дякуємо! Ваші вікна вже у виробництві.",
            },
            "en": {
                "subject": "Thank you for your order!",
                "text": "{{ contact.first_name }}, thank you! Your windows are being made.",
            },
        },
    },
}
MESSAGE_RULES: dict[str, dict[str, Any]] = {
    "contract": {"name": "Клієнту: договір", "conditions": _to("Договір"), "template": "contract"},
    "won": {"name": "Клієнту: подяка", "conditions": _to("Виграно"), "template": "won"},
}


def load(api: Api, system: str) -> None:
    """Write templates and rules; they count from now on, so the past makes no tasks."""
    for key, rule in TASK_RULES.items():
        body = {**rule, "event_type": MOVED, "close_open_tasks_of_left_stage": True}
        api.send("PUT", f"/v1/task-rules/by-external/{system}/{key}", json=body)
    for key, template in TEMPLATES.items():
        path = f"/v1/templates/by-external/{system}/{key}"
        made = api.send("PUT", path, json=template).json()
        rule = {name: v for name, v in MESSAGE_RULES[key].items() if name != "template"}
        rule |= {"event_type": MOVED, "template_id": made["id"], "recipient": "client"}
        api.send("PUT", f"/v1/message-rules/by-external/{system}/{key}", json=rule)
