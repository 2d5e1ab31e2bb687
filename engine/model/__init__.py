"""The resolved application: frozen values that every layer exchanges; knows neither YAML nor a database."""
