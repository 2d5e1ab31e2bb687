"""From a few words to an application: its fields, its roles with a page each, an approval flow, a dashboard, and its tests."""
