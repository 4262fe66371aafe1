"""What each component is called and how it is calculated, in words, in three languages."""

TITLES: dict[str, dict[str, str]] = {
    "E10": {
        "en": "More customers per manager",
        "uk": "Більше клієнтів на менеджера",
        "ru": "Больше заказчиков на менеджера",
    },
    "E11": {
        "en": "Fewer clients lost because nobody contacted them in time",
        "uk": "Менше клієнтів втрачено через несвоєчасний контакт",
        "ru": "Меньше заказчиков потеряно из-за несвоевременного контакта",
    },
    "E12": {
        "en": "Less income missed on the telephone",
        "uk": "Менше недоотриманого доходу по телефону",
        "ru": "Меньше недополученного дохода по телефону",
    },
    "E13": {
        "en": "More repeat sales, fewer bad debts",
        "uk": "Більше повторних продажів, менше боргів",
        "ru": "Больше повторных продаж, меньше долгов",
    },
    "E14": {
        "en": "Lower demands on skill",
        "uk": "Нижчі вимоги до кваліфікації",
        "ru": "Снижение требований к профессионализму",
    },
    "E15": {
        "en": "Another declared source",
        "uk": "Інше заявлене джерело",
        "ru": "Иной заявленный источник",
    },
    "E19": {
        "en": "Money value of a process figure",
        "uk": "Грошова вартість показника процесу",
        "ru": "Денежная стоимость показателя процесса",
    },
}  # fmt: skip
FORMULAS: dict[str, dict[str, str]] = {
    "E10": {
        "en": "pay0 × (managers needed for the customers in work in the last month at the old "
        "load − at the new load); realised as far as fewer managers are there than the old "
        "load would need.",
        "uk": "pay0 × (менеджери, потрібні клієнтам у роботі за останній місяць за старого "
        "навантаження − за нового); реалізовано, наскільки менеджерів менше, ніж треба за старого "
        "навантаження.",
        "ru": "pay0 × (менеджеры, нужные заказчикам в работе за последний месяц при старой "
        "нагрузке − при новой); реализовано, насколько менеджеров меньше, чем нужно при старой "
        "нагрузке.",
    },
    "E11": {
        "en": "(lost_rate0 − lost_rate1) × promises due a month × mean lost gross profit + "
        "(claims0 − claims1) × promises due (claims: customers' claims made in the time, not "
        "rejected, per promise due); lost: within 30 days of a missed promise, "
        "none kept between; only the deal that the promise was about: K29 (promise_losses) goes "
        "by client and may blame more.",
        "uk": "(lost_rate0 − lost_rate1) × обіцянки на місяць × середній втрачений валовий "
        "прибуток + (claims0 − claims1) × обіцянки; втрачено: протягом 30 днів після "
        "невиконаної обіцянки, лише та угода, якої вона стосувалася: K29 (promise_losses) рахує за "
        "клієнтом і може нарахувати більше.",
        "ru": "(lost_rate0 − lost_rate1) × обещания в месяц × средняя потерянная валовая "
        "прибыль + (claims0 − claims1) × обещания; потеряно: в течение 30 дней после "
        "невыполненного обещания, лишь та сделка, которой оно касалось: K29 (promise_losses) "
        "считает по клиенту и может насчитать больше.",
    },
    "E12": {
        "en": "(lost_rate0 − lost_rate1) × incoming calls a month × sales share × conversion "
        "× mean gross profit; lost: not taken and not made good within a working hour.",
        "uk": "(lost_rate0 − lost_rate1) × вхідні дзвінки на місяць × частка продажних × "
        "конверсія × середній валовий прибуток; втрачено: без відповіді й без дзвінка у"
        " відповідь за робочу годину.",
        "ru": "(lost_rate0 − lost_rate1) × входящие звонки в месяц × доля продажных × "
        "конверсия × средняя валовая прибыль; потеряно: без ответа и без ответного "
        "звонка за рабочий час.",
    },
    "E13": {
        "en": "(profit of repeat sales per active client now / price index − before) × active"
        " clients + (bad debt rate before − now) × repeat revenue a month.",
        "uk": "(прибуток повторних продажів на активного клієнта зараз / індекс цін − до) × "
        "активні клієнти + (частка боргів до − зараз) × повторний виторг на місяць.",
        "ru": "(прибыль повторных продаж на активного клиента сейчас / индекс цен − до) × "
        "активные клиенты + (доля долгов до − сейчас) × повторная выручка в месяц.",
    },
    "E14": {
        "en": "Sum over roles of people hired since × max(0, pay before − pay now), where "
        "scripts cover enough states; of sellers on the heads that E10 leaves.",
        "uk": "Сума за ролями: найняті відтоді × max(0, оплата до − зараз), де скрипти "
        "покривають достатньо станів; серед продавців — на тих, кого лишає E10.",
        "ru": "Сумма по ролям: нанятые с тех пор × max(0, оплата до − сейчас), где скрипты "
        "покрывают достаточно состояний; среди продавцов — на тех, кого оставляет E10.",
    },
    "E15": {
        "en": "(figure now − before) × declared money per unit.",
        "uk": "(показник зараз − до) × заявлена вартість одиниці.",
        "ru": "(показатель сейчас − до) × заявленная стоимость единицы.",
    },
    "E19": {
        "en": "Change of the figure to the better × declared money per unit; time saved is "
        "potential, less what E10 counts.",
        "uk": "Зміна показника на краще × заявлена вартість одиниці; заощаджений час — "
        "потенціал, без того, що враховано в E10.",
        "ru": "Изменение показателя к лучшему × заявленная стоимость единицы; сэкономленное "
        "время — потенциал, без того, что учтено в E10.",
    },
}  # fmt: skip
