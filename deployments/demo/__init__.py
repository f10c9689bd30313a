"""The practice that the demo runs: made-up people, real mistakes, and staff who put them right."""

from deployments.demo.cases import Answer
from deployments.demo.practice import DemoPractice, make_practice

__all__ = ["Answer", "DemoPractice", "make_practice"]
