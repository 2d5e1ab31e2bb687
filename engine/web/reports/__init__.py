"""Reports: dashboards as papers and letters, and what people ask to get by themselves."""
