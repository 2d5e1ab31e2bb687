"""Comments on records: read by who may read the record, written where its page has the widget, with people named in them."""
