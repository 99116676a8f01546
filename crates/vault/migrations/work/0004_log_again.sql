-- What was shipped may be wanted again, by a server that was restored.

DROP TRIGGER access_log_stays_shipped;
