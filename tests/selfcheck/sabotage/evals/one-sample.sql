-- life:     All but one sample of the newest run were deleted: it is too few to say anything.
-- warns:    newest-eval-run-keeps-its-thresholds
-- start:    traffic
delete from public.ai_eval_samples where id > (select min(id) from public.ai_eval_samples);
