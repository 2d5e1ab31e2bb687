"""The kpi widget."""
