"""From a run to what people read: one view model, then one module a format."""
