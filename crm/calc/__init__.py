"""Pure parts of the CRM: how records are read and how credit is cut."""
