"""Arguments about a bill, as pages and API are given them."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.domain.errors import UsageError
from auditor.domain.ledger import Period
from auditor.domain.reconciliation import Bill
from auditor.domain.units import parse_amount, parse_bytes
from web.query import Arguments, text


@dataclass(frozen=True, slots=True)
class BillFields:
    """What was written about a bill, word for word; empty where nothing was."""

    registry: str = ""
    billed: str = ""
    invoice: str = ""
    currency: str = ""
    month: str = ""

    @classmethod
    def read(cls, arguments: Arguments) -> BillFields:
        """Read `registry`, `billed`, `invoice`, `currency` and `month`; raises UsageError."""
        return cls(
            *(
                text(arguments, name).strip()
                for name in ("registry", "billed", "invoice", "currency", "month")
            )
        )

    @property
    def has_figure(self) -> bool:
        """Whether there is something to compare with."""
        return bool(self.billed or self.invoice)

    def bill(self) -> Bill:
        """What the vendor says; raises UsageError for what is no figure, amount or month."""
        if self.currency and not self.invoice:
            raise UsageError("a currency without an amount", next_step="write the amount too")
        return Bill(
            billed_bytes=parse_bytes(self.billed) if self.billed else None,
            amount=parse_amount(self.invoice) if self.invoice else None,
            currency=self.currency.upper(),
            month=Period.month(self.month) if self.month else None,
        )
