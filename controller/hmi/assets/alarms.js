// S6: alarms and events.
