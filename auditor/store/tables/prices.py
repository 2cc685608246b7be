"""What registries were charged by in months that are over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from auditor.store.tables.base import Base


class KeptPriceRow(Base):
    """The terms of a registry from a month on, `since` being its first moment."""

    __tablename__ = "kept_price"

    registry_id: Mapped[int] = mapped_column(ForeignKey("registry.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    terms: Mapped[dict[str, Any]]
