// S9: people, configuration, audit, backup.
