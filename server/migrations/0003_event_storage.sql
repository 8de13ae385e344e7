-- Events as an order of a few lines makes them stay as they are written: mostly ids, which compressing takes a tenth of the time
-- of placing to make half as long. Longer ones are compressed as ever.
alter table events set (toast_tuple_target = 4080);
