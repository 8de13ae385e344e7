-- Whoever asks to be forgotten: their row stays, with nothing in it that says who they were.

alter table customers add column erased_at timestamptz;
alter table customers add constraint customers_erased_are_blank check (erased_at is null or (external_id is null and name = '' and email = '' and phone = '' and country = ''));

-- What came back from a customer without an order of theirs.
create index returns_by_customer on returns (workspace_id, customer_id) where customer_id is not null;
