"""Versions of the index: their records, and which are live."""

from .publishing import Versions
from .records import State, VersionRecord, version_number
from .registry import FORMAT, WAY_OUT, Survey

__all__ = ["FORMAT", "WAY_OUT", "State", "Survey", "VersionRecord", "Versions", "version_number"]
