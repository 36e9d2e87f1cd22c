"""Registers, intervals, engagement and trends for other systems."""

from attendance.api.engagement import EngagementSums, Trends
from attendance.api.registers import Intervals, RegisterDetail

__all__ = ["EngagementSums", "Intervals", "RegisterDetail", "Trends"]
