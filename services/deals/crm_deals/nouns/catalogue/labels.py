"""What fields are called in the three languages."""


def _called(en: str, uk: str, ru: str) -> dict[str, str]:
    return {"en": en, "uk": uk, "ru": ru}


LABELS = {
    "id": _called("Id", "Ідентифікатор", "Идентификатор"),
    "revision": _called("Revision", "Версія", "Версия"),
    "title": _called("Title", "Назва", "Название"),
    "label": _called("Name", "Назва", "Название"),
    "sku": _called("SKU", "Артикул", "Артикул"),
    "category": _called("Category", "Категорія", "Категория"),
    "price": _called("Price", "Ціна", "Цена"),
    "cost": _called("Cost", "Собівартість", "Себестоимость"),
    "is_active": _called("Active", "Діє", "Действует"),
    "owner_id": _called("Owner", "Відповідальний", "Ответственный"),
    "team_id": _called("Team", "Команда", "Команда"),
    "contact_id": _called("Contact", "Контакт", "Контакт"),
    "contact_ids": _called("Contacts and roles", "Контакти й ролі", "Контакты и роли"),
    "company_id": _called("Company", "Компанія", "Компания"),
    "pipeline_id": _called("Pipeline", "Воронка", "Воронка"),
    "stage_id": _called("Stage", "Етап", "Этап"),
    "stage_label": _called("Stage name", "Назва етапу", "Название этапа"),
    "outcome": _called("Outcome", "Результат", "Результат"),
    "probability": _called("Probability, %", "Імовірність, %", "Вероятность, %"),
    "probability_override": _called(
        "Own estimate of probability, %",
        "Власна оцінка ймовірності, %",
        "Своя оценка вероятности, %",
    ),
    "amount": _called("Amount", "Сума", "Сумма"),
    "expected_amount": _called("Expected amount", "Очікувана сума", "Ожидаемая сумма"),
    "currency": _called("Currency", "Валюта", "Валюта"),
    "expected_close_date": _called(
        "Expected to close on", "Очікуване закриття", "Ожидаемое закрытие"
    ),
    "channel": _called("Channel", "Канал", "Канал"),
    "source": _called("Source", "Джерело", "Источник"),
    "line_items": _called("Products", "Товари й послуги", "Товары и услуги"),
    "reason_id": _called("Reason", "Причина", "Причина"),
    "reason_label": _called("Reason name", "Назва причини", "Название причины"),
    "reason_group": _called("Group of the reason", "Група причини", "Группа причины"),
    "reason_department": _called(
        "Department of the reason", "Підрозділ причини", "Подразделение причины"
    ),
    "reason_note": _called("Note on the reason", "Примітка до причини", "Примечание к причине"),
    "price_list_id": _called("Price list", "Прайс-лист", "Прайс-лист"),
    "competitor_id": _called("Competitor", "Конкурент", "Конкурент"),
    "competitor_label": _called("Competitor's name", "Назва конкурента", "Название конкурента"),
    "credits": _called("Shares of credit", "Частки участі", "Доли участия"),
    "tags": _called("Tags", "Мітки", "Метки"),
    "custom_fields": _called("Custom fields", "Власні поля", "Свои поля"),
    "is_void": _called(
        "Void (spam or test)", "Недійсна (спам, перевірка)", "Недействительна (спам, тест)"
    ),
    "source_lead_id": _called("From the lead", "Із ліда", "Из лида"),
    "is_pipeline_assumed": _called(
        "Pipeline was assumed", "Воронку припущено", "Воронка предположена"
    ),
    "is_rotting": _called("Rotting", "Застоялася", "Застоялась"),
    "is_overdue": _called("Overdue", "Прострочена", "Просрочена"),
    "rotting_at": _called("Announced as rotting", "Оголошено застоялою", "Объявлена застоявшейся"),
    "overdue_at": _called(
        "Announced as overdue", "Оголошено простроченою", "Объявлена просроченной"
    ),
    "rank": _called("Place on the board", "Місце на дошці", "Место на доске"),
    "created_at": _called("Created", "Створено", "Создано"),
    "created_at_known": _called(
        "Creation date is known", "Дата створення відома", "Дата создания известна"
    ),
    "updated_at": _called("Changed", "Змінено", "Изменено"),
    "stage_entered_at": _called("In the stage since", "На етапі з", "На этапе с"),
    "won_at": _called("Won", "Виграно", "Выиграна"),
    "lost_at": _called("Lost", "Програно", "Проиграна"),
    "first_won_at": _called("First won", "Уперше виграно", "Впервые выиграна"),
    "closed_at": _called("Closed", "Закрито", "Закрыта"),
    "discount": _called("Discount", "Знижка", "Скидка"),
    "copied_from_id": _called("Copied from", "Скопійовано з", "Скопировано из"),
    "is_repeat": _called("Repeat sale", "Повторний продаж", "Повторная продажа"),
    "is_customer_unreliable": _called(
        "Customer pays badly", "Клієнт погано платить", "Клиент плохо платит"
    ),
    "broken_down": _called("Broken down", "Зірвалася", "Сорвалась"),
    "agreed_at": _called("Agreed", "Домовлено", "Договорено"),
    "product_ids": _called("Products in it", "Товари в угоді", "Товары в сделке"),
    "arrived_at": _called("Last arrival", "Останнє надходження", "Последнее поступление"),
    "suggestions": _called("Offered with it", "Пропонувати разом", "Предлагать вместе"),
    "source_system": _called("Other system", "Інша система", "Другая система"),
    "external_id": _called("Id in the other system", "Код в іншій системі", "Код в другой системе"),
}
