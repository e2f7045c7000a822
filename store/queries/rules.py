"""The rules for categories, for those who keep them."""

from intake.tickets.categorize import CategoryRule
from store.category_rules import IN_ORDER, read_rule
from store.queries.reading import Reading


class RuleQueries(Reading):
    """See `intake.queries.Queries`."""

    def category_rules(self) -> tuple[CategoryRule, ...]:
        with self._engine.connect() as connection:
            return tuple(map(read_rule, connection.execute(IN_ORDER)))
