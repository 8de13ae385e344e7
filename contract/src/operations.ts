import * as z from 'zod'
import { BulkItems, BulkJob, BulkJobs, bulkOutcomes, CreateBulkJob, StartBulkJob, UndoBulkJob } from './bulk.ts'
import { CreateCustomer, Customer, UpdateCustomer } from './customers.ts'
import { CreateExport, Export, Exports } from './exports.ts'
import { code, label, listOf, pageOf, text, uuid, version } from './fields.ts'
import { CreateItem, Item, UpdateItem } from './items.ts'
import { Job } from './jobs.ts'
import { ApiKey, ApiKeyMade, CreateApiKey } from './keys.ts'
import { limits } from './limits.ts'
import { Count, FilterWords, listQuery, OrderRows, OrderStatus } from './lists.ts'
import {
  ActionInput,
  ActOnOrders,
  actionInputs,
  actionName,
  Order,
  OrderActions,
  OrderChanged,
  OrderEvents,
  OrderPage,
  Payment,
  PlaceOrder,
  PlaceOrders,
} from './orders.ts'
import {
  AcceptInvitation,
  ChangePassword,
  CreateKioskToken,
  Invitation,
  InvitationMade,
  InviteMember,
  KeyAccount,
  KeyAccounts,
  Member,
  Role,
  SaveRoles,
  Session,
  SignIn,
  UpdateMember,
  WhoAmI,
} from './people.ts'
import type { Permission } from './permissions.ts'
import { CustomerData, CustomerErased, EraseCustomer } from './personal-data.ts'
import {
  CreateLocation,
  CreateRegister,
  Location,
  Reason,
  Register,
  SaveReasons,
  SaveTaxes,
  Tax,
  UpdateLocation,
  UpdateRegister,
} from './places.ts'
import { Problem } from './problem.ts'
import { CreateReturn, Return } from './returns.ts'
import { AdjustStock, CreateReservation, Movement, Reservation, StockLevel } from './stock.ts'
import { FollowChanges, followPermissions } from './stream.ts'
import { CreateView, DuplicateView, OrderViews, UpdateView, View, ViewCounts, ViewedList } from './views.ts'

/** Who need hold no permission: anybody at all, or somebody who signed in, in whatever workspace. */
export type Without = 'anybody' | 'somebody'

/** One thing the API can be asked for. Routes, the OpenAPI document and the client are made from these. */
export interface Operation {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  tag: string
  summary: string
  /** What the caller must be allowed; of several, one. What it may be done to is decided with the thing in hand. */
  permission: Permission | readonly Permission[] | Without
  params?: z.ZodType<Record<string, unknown>>
  query?: z.ZodType<Record<string, unknown>>
  body?: z.ZodType
  /** What is read of the body at first, where its entries are read one by one and refused each for itself. */
  reads?: z.ZodType
  /** True where nothing need be sent, as long as nothing is needed. */
  bodyMayBeEmpty?: true
  /** What comes back, by status; refusals are problems. */
  replies: Readonly<Record<number, z.ZodType>>
  /** Where what comes back is no JSON: its type. It then flows for as long as it lasts. */
  sends?: 'text/event-stream' | 'text/csv'
  /**
   * Whether a repeat with the same Idempotency-Key is told from a second request. Machines must send one where it is `required`;
   * on a list that makes things, one for the list or one with each entry.
   */
  idempotency: 'required' | 'optional' | 'none'
  /** True where If-Match is looked at. */
  ifMatch?: true
  /** What a request takes from the caller's allowance, 1 where it is not said; a list takes more for its entries. */
  cost?: number
}

const base = '/api/v1'
const id = z.strictObject({ id: uuid })
const counted = z.coerce.number<string | number>().int().min(1)
const limit = counted.max(limits.pageRows).optional()
const byId = { after: uuid.optional(), limit }

/** Every verb of an order asks for its own permission. */
const anyOrderWrite = [
  'orders:move',
  'orders:cancel',
  'orders:reopen',
  'orders:hold',
  'orders:note',
  'orders:assign',
  'orders:tag',
  'payments:record',
  'payments:refund',
  'returns:record',
] as const

/** Views are kept of lists that one may read. */
const anyList = ['orders:read', 'customers:read', 'stock:read'] as const

/** What became of one entry of a list: the order, or why not. */
const orderResult = z.strictObject({ status: z.int(), order: OrderChanged.optional(), problem: Problem.optional() })
const OrderResults = z.strictObject({ results: z.array(orderResult) })

// biome-ignore format: one operation, one block
export const operations = {
  // ─── Orders ────────────────────────────────────────────────────────────────────────────────────────────────────────
  placeOrder: {
    method: 'POST', path: `${base}/orders`, tag: 'Orders', summary: 'Place an order',
    permission: 'orders:place', body: PlaceOrder, replies: { 201: OrderChanged, 200: OrderChanged }, idempotency: 'required',
  },
  placeOrders: {
    method: 'POST', path: `${base}/orders/batch`, tag: 'Orders', summary: 'Place many orders, each for itself',
    permission: 'orders:place', body: PlaceOrders, reads: listOf('orders', limits.ordersABatch), replies: { 200: OrderResults }, idempotency: 'optional',
  },
  listOrders: {
    method: 'GET', path: `${base}/orders`, tag: 'Orders', summary: 'Orders that a filter lets through, page by page',
    permission: 'orders:read', query: z.strictObject(listQuery), replies: { 200: OrderRows }, idempotency: 'none',
  },
  countOrders: {
    method: 'GET', path: `${base}/orders/count`, tag: 'Orders', summary: 'How many orders a filter lets through, up to 1,000',
    permission: 'orders:read', query: z.strictObject({ filter: listQuery.filter, view: listQuery.view }), replies: { 200: Count }, idempotency: 'none',
  },
  listOrderFilters: {
    method: 'GET', path: `${base}/orders/filters`, tag: 'Orders', summary: 'What orders are filtered and sorted by',
    permission: 'orders:read', replies: { 200: FilterWords }, idempotency: 'none',
  },
  getOrderStatus: {
    method: 'GET', path: `${base}/orders/:id/status`, tag: 'Orders', summary: 'How an order stands, by id or number, and nothing else',
    permission: 'orders:read', params: z.strictObject({ id: z.union([uuid, z.string().regex(/^[0-9]{1,15}$/, 'input.uuid')]) }), replies: { 200: OrderStatus }, idempotency: 'none', cost: 0.25,
  },
  getOrder: {
    method: 'GET', path: `${base}/orders/:id`, tag: 'Orders', summary: 'One order with everything its page shows',
    permission: 'orders:read', params: id, replies: { 200: OrderPage }, idempotency: 'none',
  },
  listOrderEvents: {
    method: 'GET', path: `${base}/orders/:id/events`, tag: 'Orders', summary: 'What happened to an order, first to last',
    permission: 'orders:read', params: id, query: z.strictObject({ after: counted.optional(), limit }), replies: { 200: OrderEvents }, idempotency: 'none',
  },
  getOrderAt: {
    method: 'GET', path: `${base}/orders/:id/at/:seq`, tag: 'Orders', summary: 'An order as it stood after an event',
    permission: 'orders:read', params: z.strictObject({ id: uuid, seq: counted }), replies: { 200: Order }, idempotency: 'none',
  },
  listOrderActions: {
    method: 'GET', path: `${base}/orders/:id/actions`, tag: 'Orders', summary: 'What may be done now and by whom, what may not, and why',
    permission: 'orders:read', params: id, replies: { 200: OrderActions }, idempotency: 'none',
  },
  actOnOrder: {
    method: 'POST', path: `${base}/orders/:id/actions/:action`, tag: 'Orders', summary: 'Do something with an order: an action of its workflow, or a verb every order knows',
    permission: anyOrderWrite, params: z.strictObject({ id: uuid, action: actionName }), body: ActionInput, bodyMayBeEmpty: true,
    replies: { 200: OrderChanged }, idempotency: 'optional', ifMatch: true,
  },
  actOnOrders: {
    method: 'POST', path: `${base}/orders/actions`, tag: 'Orders', summary: 'Actions on many orders, each for itself',
    permission: anyOrderWrite, body: ActOnOrders, reads: listOf('actions', limits.ordersABatch), replies: { 200: OrderResults }, idempotency: 'optional',
  },

  // ─── One action on many orders ─────────────────────────────────────────────────────────────────────────────────────
  createBulkJob: {
    method: 'POST', path: `${base}/bulk-jobs`, tag: 'Bulk jobs', summary: 'Do one thing with many orders, chosen by id or by a filter; frozen now, done in the background',
    permission: anyOrderWrite, body: CreateBulkJob, replies: { 201: BulkJob }, idempotency: 'required', cost: 10,
  },
  listBulkJobs: {
    method: 'GET', path: `${base}/bulk-jobs`, tag: 'Bulk jobs', summary: 'Jobs, the newest first',
    permission: 'orders:read', query: z.strictObject(byId), replies: { 200: BulkJobs }, idempotency: 'none',
  },
  getBulkJob: {
    method: 'GET', path: `${base}/bulk-jobs/:id`, tag: 'Bulk jobs', summary: 'How a job stands: its preview, its progress, what became of its orders',
    permission: 'orders:read', params: id, replies: { 200: BulkJob }, idempotency: 'none',
  },
  listBulkItems: {
    method: 'GET', path: `${base}/bulk-jobs/:id/items`, tag: 'Bulk jobs', summary: 'What became of each order of a job, or will',
    permission: 'orders:read', params: id, query: z.strictObject({ outcome: z.enum(bulkOutcomes).optional(), foreseen: z.enum(bulkOutcomes).optional(), ...byId }),
    replies: { 200: BulkItems }, idempotency: 'none',
  },
  startBulkJob: {
    method: 'POST', path: `${base}/bulk-jobs/:id/start`, tag: 'Bulk jobs', summary: 'Start a job that was previewed',
    permission: anyOrderWrite, params: id, body: StartBulkJob, bodyMayBeEmpty: true, replies: { 200: BulkJob }, idempotency: 'none',
  },
  pauseBulkJob: {
    method: 'POST', path: `${base}/bulk-jobs/:id/pause`, tag: 'Bulk jobs', summary: 'Stop a job for a while',
    permission: anyOrderWrite, params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: BulkJob }, idempotency: 'none',
  },
  resumeBulkJob: {
    method: 'POST', path: `${base}/bulk-jobs/:id/resume`, tag: 'Bulk jobs', summary: 'Go on with a job',
    permission: anyOrderWrite, params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: BulkJob }, idempotency: 'none',
  },
  cancelBulkJob: {
    method: 'POST', path: `${base}/bulk-jobs/:id/cancel`, tag: 'Bulk jobs', summary: 'Stop a job for good; what it has done stays done',
    permission: anyOrderWrite, params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: BulkJob }, idempotency: 'none',
  },
  retryBulkJob: {
    method: 'POST', path: `${base}/bulk-jobs/:id/retry`, tag: 'Bulk jobs', summary: 'Try again what failed, or lacked stock',
    permission: anyOrderWrite, params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: BulkJob }, idempotency: 'none',
  },
  undoBulkJob: {
    method: 'POST', path: `${base}/bulk-jobs/:id/undo`, tag: 'Bulk jobs', summary: 'Take back what a job did, within a day: a job of its own',
    permission: anyOrderWrite, params: id, body: UndoBulkJob, bodyMayBeEmpty: true, replies: { 201: BulkJob }, idempotency: 'required', cost: 10,
  },

  // ─── Lists as files ────────────────────────────────────────────────────────────────────────────────────────────────
  createExport: {
    method: 'POST', path: `${base}/exports`, tag: 'Exports', summary: 'Have a list made into a file; what stands in it is what its maker may see',
    permission: 'orders:export', body: CreateExport, replies: { 201: Export }, idempotency: 'required', cost: 10,
  },
  listExports: {
    method: 'GET', path: `${base}/exports`, tag: 'Exports', summary: 'Your files, the newest first',
    permission: 'orders:export', query: z.strictObject(byId), replies: { 200: Exports }, idempotency: 'none',
  },
  getExport: {
    method: 'GET', path: `${base}/exports/:id`, tag: 'Exports', summary: 'How far a file is',
    permission: 'orders:export', params: id, replies: { 200: Export }, idempotency: 'none',
  },
  takeExport: {
    method: 'GET', path: `${base}/exports/:id/file`, tag: 'Exports', summary: 'The file itself; that it was taken is written down',
    permission: 'orders:export', params: id, replies: {}, sends: 'text/csv', idempotency: 'none', cost: 10,
  },

  // ─── Money and returns ─────────────────────────────────────────────────────────────────────────────────────────────
  recordPayment: {
    method: 'POST', path: `${base}/orders/:id/payments`, tag: 'Payments', summary: 'Record a payment, a promise of one, or what is given up',
    permission: 'payments:record', params: id, body: actionInputs.pay, replies: { 201: OrderChanged }, idempotency: 'required', ifMatch: true,
  },
  listPayments: {
    method: 'GET', path: `${base}/orders/:id/payments`, tag: 'Payments', summary: 'The ledger of an order, first to last',
    permission: 'orders:read', params: id, replies: { 200: z.strictObject({ payments: z.array(Payment) }) }, idempotency: 'none',
  },
  recordReturn: {
    method: 'POST', path: `${base}/returns`, tag: 'Returns', summary: 'Record what came back, of an order or of nobody knows which',
    permission: 'returns:record', body: CreateReturn, replies: { 201: Return }, idempotency: 'required',
  },
  getReturn: {
    method: 'GET', path: `${base}/returns/:id`, tag: 'Returns', summary: 'One return',
    permission: 'orders:read', params: id, replies: { 200: Return }, idempotency: 'none',
  },

  // ─── Stock ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  listStock: {
    method: 'GET', path: `${base}/stock`, tag: 'Stock', summary: 'What lies where, lot by lot',
    permission: 'stock:read', query: z.strictObject({ itemId: uuid.optional(), locationId: uuid.optional(), ...listQuery }), replies: { 200: pageOf(StockLevel) }, idempotency: 'none',
  },
  adjustStock: {
    method: 'POST', path: `${base}/stock/adjustments`, tag: 'Stock', summary: 'Receive, count, correct, write off or transfer, each entry for itself',
    permission: 'stock:adjust', body: AdjustStock, reads: listOf('adjustments', limits.ordersABatch),
    replies: { 200: z.strictObject({ results: z.array(z.strictObject({ status: z.int(), movementIds: z.array(uuid).optional(), problem: Problem.optional() })) }) },
    idempotency: 'optional',
  },
  listMovements: {
    method: 'GET', path: `${base}/stock/movements`, tag: 'Stock', summary: 'What came and went, newest first',
    permission: 'stock:read', query: z.strictObject({ itemId: uuid.optional(), locationId: uuid.optional(), ...listQuery }), replies: { 200: pageOf(Movement) }, idempotency: 'none',
  },
  listReservations: {
    method: 'GET', path: `${base}/stock/reservations`, tag: 'Stock', summary: 'What is kept for whom',
    permission: 'stock:read', query: z.strictObject({ itemId: uuid.optional(), locationId: uuid.optional(), orderId: uuid.optional(), ...listQuery }),
    replies: { 200: pageOf(Reservation) }, idempotency: 'none',
  },
  reserveStock: {
    method: 'POST', path: `${base}/stock/reservations`, tag: 'Stock', summary: 'Keep stock for a purpose that no order has',
    permission: 'stock:reserve', body: CreateReservation, replies: { 201: z.strictObject({ reservations: z.array(Reservation) }) }, idempotency: 'required',
  },
  releaseReservation: {
    method: 'POST', path: `${base}/stock/reservations/:id/release`, tag: 'Stock', summary: 'Give back what was kept',
    permission: 'stock:reserve', params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: Reservation }, idempotency: 'none',
  },

  // ─── Views ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  listViews: {
    method: 'GET', path: `${base}/views`, tag: 'Views', summary: 'The views of a list that the caller has, in their order',
    permission: anyList, query: z.strictObject({ list: ViewedList.optional() }), replies: { 200: z.strictObject({ views: z.array(View) }) }, idempotency: 'none',
  },
  createView: {
    method: 'POST', path: `${base}/views`, tag: 'Views', summary: 'Keep a list as it is asked for',
    permission: anyList, body: CreateView, replies: { 201: View, 200: View }, idempotency: 'none',
  },
  updateView: {
    method: 'PATCH', path: `${base}/views/:id`, tag: 'Views', summary: 'Change, share or lock a view',
    permission: anyList, params: id, body: UpdateView, replies: { 200: View }, idempotency: 'none', ifMatch: true,
  },
  duplicateView: {
    method: 'POST', path: `${base}/views/:id/duplicate`, tag: 'Views', summary: 'A copy of a view, of one’s own',
    permission: anyList, params: id, body: DuplicateView, bodyMayBeEmpty: true, replies: { 201: View }, idempotency: 'none',
  },
  deleteView: {
    method: 'POST', path: `${base}/views/:id/delete`, tag: 'Views', summary: 'Delete a view',
    permission: anyList, params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: z.strictObject({ id: uuid }) }, idempotency: 'none',
  },
  orderViews: {
    method: 'POST', path: `${base}/views/order`, tag: 'Views', summary: 'Put views in an order',
    permission: anyList, body: OrderViews, replies: { 200: z.strictObject({ views: z.array(View) }) }, idempotency: 'none',
  },
  countViews: {
    method: 'GET', path: `${base}/orders/counts`, tag: 'Views', summary: 'How many orders each view holds, up to 1,000 each, all at once',
    permission: 'orders:read', query: z.strictObject({ views: z.string().regex(/^[0-9a-f-]{36}(?:,[0-9a-f-]{36}){0,49}$/, 'input.uuid').optional() }), replies: { 200: ViewCounts }, idempotency: 'none', cost: 2,
  },

  // ─── What is sold, to whom, where ──────────────────────────────────────────────────────────────────────────────────
  createItem: {
    method: 'POST', path: `${base}/items`, tag: 'Items', summary: 'Add an item; its code is its own',
    permission: 'items:write', body: CreateItem, replies: { 201: Item }, idempotency: 'none',
  },
  updateItem: {
    method: 'PATCH', path: `${base}/items/:id`, tag: 'Items', summary: 'Change an item, its variants, barcodes or recipe',
    permission: 'items:write', params: id, body: UpdateItem, replies: { 200: Item }, idempotency: 'none', ifMatch: true,
  },
  listItems: {
    method: 'GET', path: `${base}/items`, tag: 'Items', summary: 'Items by code',
    permission: 'items:read', query: z.strictObject({ after: text(64).optional(), limit }), replies: { 200: pageOf(Item) }, idempotency: 'none',
  },
  getItem: {
    method: 'GET', path: `${base}/items/:id`, tag: 'Items', summary: 'One item',
    permission: 'items:read', params: id, replies: { 200: Item }, idempotency: 'none',
  },
  createCustomer: {
    method: 'POST', path: `${base}/customers`, tag: 'Customers', summary: 'Add a customer',
    permission: 'customers:write', body: CreateCustomer, replies: { 201: Customer, 200: Customer }, idempotency: 'none',
  },
  updateCustomer: {
    method: 'PATCH', path: `${base}/customers/:id`, tag: 'Customers', summary: 'Change a customer',
    permission: 'customers:write', params: id, body: UpdateCustomer, replies: { 200: Customer }, idempotency: 'none', ifMatch: true,
  },
  listCustomers: {
    method: 'GET', path: `${base}/customers`, tag: 'Customers', summary: 'Customers that a filter lets through, page by page',
    permission: 'customers:read', query: z.strictObject(listQuery), replies: { 200: pageOf(Customer) }, idempotency: 'none',
  },
  getCustomer: {
    method: 'GET', path: `${base}/customers/:id`, tag: 'Customers', summary: 'One customer',
    permission: 'customers:read', params: id, replies: { 200: Customer }, idempotency: 'none',
  },
  eraseCustomer: {
    method: 'POST', path: `${base}/customers/:id/erase`, tag: 'Customers', summary: 'Forget a customer: who they are, whom their orders were for, what was written there',
    permission: 'customers:erase', params: id, body: EraseCustomer, replies: { 200: CustomerErased }, idempotency: 'none', cost: 10,
  },
  getCustomerData: {
    method: 'GET', path: `${base}/customers/:id/data`, tag: 'Customers', summary: 'Everything that is held of a customer',
    permission: 'customers:erase', params: id, query: z.strictObject(byId), replies: { 200: CustomerData }, idempotency: 'none', cost: 10,
  },
  createLocation: {
    method: 'POST', path: `${base}/locations`, tag: 'Places', summary: 'Add a location',
    permission: 'places:write', body: CreateLocation, replies: { 201: Location, 200: Location }, idempotency: 'none',
  },
  updateLocation: {
    method: 'PATCH', path: `${base}/locations/:id`, tag: 'Places', summary: 'Change, close or open a location',
    permission: 'places:write', params: id, body: UpdateLocation, replies: { 200: Location }, idempotency: 'none', ifMatch: true,
  },
  listLocations: {
    method: 'GET', path: `${base}/locations`, tag: 'Places', summary: 'Every location',
    permission: 'places:read', replies: { 200: z.strictObject({ locations: z.array(Location) }) }, idempotency: 'none',
  },
  createRegister: {
    method: 'POST', path: `${base}/registers`, tag: 'Places', summary: 'Add a kiosk or till',
    permission: 'places:write', body: CreateRegister, replies: { 201: Register, 200: Register }, idempotency: 'none',
  },
  updateRegister: {
    method: 'PATCH', path: `${base}/registers/:id`, tag: 'Places', summary: 'Rename, close or open a kiosk or till',
    permission: 'places:write', params: id, body: UpdateRegister, replies: { 200: Register }, idempotency: 'none',
  },
  listRegisters: {
    method: 'GET', path: `${base}/registers`, tag: 'Places', summary: 'Every kiosk and till',
    permission: 'places:read', replies: { 200: z.strictObject({ registers: z.array(Register) }) }, idempotency: 'none',
  },
  saveReasons: {
    method: 'POST', path: `${base}/reasons`, tag: 'Places', summary: 'Add, change or retire words for why something is done; all of the list or none',
    permission: 'places:write', body: SaveReasons, replies: { 200: z.strictObject({ reasons: z.array(Reason) }) }, idempotency: 'none',
  },
  listReasons: {
    method: 'GET', path: `${base}/reasons`, tag: 'Places', summary: 'The words for why something is done',
    permission: 'places:read', replies: { 200: z.strictObject({ reasons: z.array(Reason) }) }, idempotency: 'none',
  },
  saveTaxes: {
    method: 'POST', path: `${base}/taxes`, tag: 'Places', summary: 'Add or change taxes; all of the list or none',
    permission: 'places:write', body: SaveTaxes, replies: { 200: z.strictObject({ taxes: z.array(Tax) }) }, idempotency: 'none',
  },
  listTaxes: {
    method: 'GET', path: `${base}/taxes`, tag: 'Places', summary: 'Every tax',
    permission: 'places:read', replies: { 200: z.strictObject({ taxes: z.array(Tax) }) }, idempotency: 'none',
  },

  // ─── Live ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  followChanges: {
    method: 'GET', path: `${base}/stream`, tag: 'Live', summary: 'What changes, as it changes: server-sent events that can be resumed',
    permission: followPermissions, query: FollowChanges, replies: {}, sends: 'text/event-stream', idempotency: 'none', cost: 5,
  },

  // ─── Signing in ────────────────────────────────────────────────────────────────────────────────────────────────────
  signIn: {
    method: 'POST', path: `${base}/session`, tag: 'Signing in', summary: 'Sign in with e-mail and password; the session travels in a cookie',
    permission: 'anybody', body: SignIn, replies: { 200: WhoAmI }, idempotency: 'none',
  },
  getSession: {
    method: 'GET', path: `${base}/session`, tag: 'Signing in', summary: 'Who is signed in, where, and what they may do',
    permission: 'somebody', replies: { 200: WhoAmI }, idempotency: 'none',
  },
  signOut: {
    method: 'POST', path: `${base}/session/end`, tag: 'Signing in', summary: 'Sign out on this device',
    permission: 'somebody', body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: z.strictObject({ ended: z.int() }) }, idempotency: 'none',
  },
  changePassword: {
    method: 'POST', path: `${base}/session/password`, tag: 'Signing in', summary: 'Change one’s password; every other device is signed out',
    permission: 'somebody', body: ChangePassword, replies: { 200: z.strictObject({ changed: z.literal(true) }) }, idempotency: 'none', cost: 10,
  },
  listSessions: {
    method: 'GET', path: `${base}/sessions`, tag: 'Signing in', summary: 'The devices one is signed in on',
    permission: 'somebody', replies: { 200: z.strictObject({ sessions: z.array(Session) }) }, idempotency: 'none',
  },
  revokeSession: {
    method: 'POST', path: `${base}/sessions/:id/revoke`, tag: 'Signing in', summary: 'Sign out on another device',
    permission: 'somebody', params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: z.strictObject({ ended: z.int() }) }, idempotency: 'none',
  },
  revokeOtherSessions: {
    method: 'POST', path: `${base}/sessions/revoke-others`, tag: 'Signing in', summary: 'Sign out on every other device',
    permission: 'somebody', body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: z.strictObject({ ended: z.int() }) }, idempotency: 'none',
  },

  // ─── People ────────────────────────────────────────────────────────────────────────────────────────────────────────
  listMembers: {
    method: 'GET', path: `${base}/members`, tag: 'People', summary: 'Who is in the workspace, as what, below whom',
    permission: 'people:read', replies: { 200: z.strictObject({ members: z.array(Member) }) }, idempotency: 'none',
  },
  updateMember: {
    method: 'PATCH', path: `${base}/members/:id`, tag: 'People', summary: 'Change what a member is, where, below whom; or let them in no more',
    permission: 'people:write', params: id, body: UpdateMember, replies: { 200: Member }, idempotency: 'none', ifMatch: true,
  },
  inviteMember: {
    method: 'POST', path: `${base}/invitations`, tag: 'People', summary: 'Invite somebody; the link is shown once',
    permission: 'people:write', body: InviteMember, replies: { 201: InvitationMade }, idempotency: 'none', cost: 10,
  },
  listInvitations: {
    method: 'GET', path: `${base}/invitations`, tag: 'People', summary: 'Invitations, the newest first, without their links',
    permission: 'people:read', replies: { 200: z.strictObject({ invitations: z.array(Invitation) }) }, idempotency: 'none',
  },
  revokeInvitation: {
    method: 'POST', path: `${base}/invitations/:id/revoke`, tag: 'People', summary: 'Withdraw an invitation',
    permission: 'people:write', params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: z.strictObject({ id: uuid, already: z.boolean() }) }, idempotency: 'none',
  },
  acceptInvitation: {
    method: 'POST', path: `${base}/invitations/accept`, tag: 'People', summary: 'Become a member, and be signed in',
    permission: 'anybody', body: AcceptInvitation, replies: { 200: WhoAmI }, idempotency: 'none', cost: 5,
  },
  listRoles: {
    method: 'GET', path: `${base}/roles`, tag: 'People', summary: 'What members may be, and what each role may do',
    permission: 'people:read', replies: { 200: z.strictObject({ roles: z.array(Role) }) }, idempotency: 'none',
  },
  saveRoles: {
    method: 'POST', path: `${base}/roles`, tag: 'People', summary: 'Add or change roles; all of the list or none',
    permission: 'roles:write', body: SaveRoles, replies: { 200: z.strictObject({ roles: z.array(Role) }) }, idempotency: 'none',
  },
  listKeyAccounts: {
    method: 'GET', path: `${base}/key-accounts`, tag: 'People', summary: 'Whose orders members and keys may read wherever they are',
    permission: 'people:read', query: z.strictObject({ principalId: uuid.optional() }), replies: { 200: z.strictObject({ keyAccounts: z.array(KeyAccount) }) }, idempotency: 'none',
  },
  grantKeyAccounts: {
    method: 'POST', path: `${base}/key-accounts`, tag: 'People', summary: 'Let a member or key read the orders of customers wherever they are',
    permission: 'people:write', body: KeyAccounts, replies: { 200: z.strictObject({ changed: z.int() }) }, idempotency: 'none',
  },
  revokeKeyAccounts: {
    method: 'POST', path: `${base}/key-accounts/revoke`, tag: 'People', summary: 'Take key accounts away',
    permission: 'people:write', body: KeyAccounts, replies: { 200: z.strictObject({ changed: z.int() }) }, idempotency: 'none',
  },

  // ─── Workflows, keys, work ─────────────────────────────────────────────────────────────────────────────────────────
  listWorkflows: {
    method: 'GET', path: `${base}/workflows`, tag: 'Workflows', summary: 'The newest version of every workflow',
    permission: 'workflows:read', replies: { 200: z.strictObject({ workflows: z.array(z.strictObject({ code: z.string(), version, label, publishedAt: z.string() })) }) },
    idempotency: 'none',
  },
  getWorkflow: {
    method: 'GET', path: `${base}/workflows/:code`, tag: 'Workflows', summary: 'A workflow as it was published, and in sentences',
    permission: 'workflows:read', params: z.strictObject({ code }), query: z.strictObject({ version: counted.optional() }),
    replies: { 200: z.strictObject({ code: z.string(), version, definition: z.record(z.string(), z.unknown()), sentences: z.array(z.string()) }) }, idempotency: 'none',
  },
  createApiKey: {
    method: 'POST', path: `${base}/api-keys`, tag: 'Keys', summary: 'Make an API key; its secret is shown once',
    permission: 'keys:write', body: CreateApiKey, replies: { 201: ApiKeyMade }, idempotency: 'none', cost: 10,
  },
  createKioskToken: {
    method: 'POST', path: `${base}/kiosk-tokens`, tag: 'Keys', summary: 'Make the token of a kiosk, bound to its register; its secret is shown once',
    permission: 'keys:write', body: CreateKioskToken, replies: { 201: ApiKeyMade }, idempotency: 'none', cost: 10,
  },
  listApiKeys: {
    method: 'GET', path: `${base}/api-keys`, tag: 'Keys', summary: 'Every API key and kiosk token, newest first, without secrets',
    permission: 'keys:write', replies: { 200: z.strictObject({ keys: z.array(ApiKey) }) }, idempotency: 'none',
  },
  revokeApiKey: {
    method: 'POST', path: `${base}/api-keys/:id/revoke`, tag: 'Keys', summary: 'Withdraw an API key or kiosk token',
    permission: 'keys:write', params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: z.strictObject({ id: uuid, already: z.boolean() }) }, idempotency: 'none',
  },
  listParkedJobs: {
    method: 'GET', path: `${base}/jobs`, tag: 'Work', summary: 'Work that was given up and waits for a person',
    permission: 'jobs:read', query: z.strictObject(byId), replies: { 200: pageOf(Job) }, idempotency: 'none',
  },
  retryJob: {
    method: 'POST', path: `${base}/jobs/:id/retry`, tag: 'Work', summary: 'Try parked work again',
    permission: 'jobs:retry', params: id, body: z.strictObject({}), bodyMayBeEmpty: true, replies: { 200: z.strictObject({ id: uuid }) }, idempotency: 'none',
  },
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof operations
export const operationNames = Object.keys(operations) as OperationName[]

type Parsed<S, Missing> = S extends z.ZodType ? z.infer<S> : Missing
type None = Record<never, never>
type Row<N extends OperationName> = (typeof operations)[N]

/** What a handler is given, parsed. */
export type ParamsOf<N extends OperationName> = Row<N> extends { params: infer S } ? Parsed<S, None> : None
export type QueryOf<N extends OperationName> = Row<N> extends { query: infer S } ? Parsed<S, None> : None
export type BodyOf<N extends OperationName> =
  Row<N> extends { reads: infer S } ? Parsed<S, undefined> : Row<N> extends { body: infer S } ? Parsed<S, undefined> : undefined
/** What comes back, with its status. */
export type ReplyOf<N extends OperationName> = N extends OperationName
  ? { [S in keyof Row<N>['replies']]: { status: S; body: Parsed<Row<N>['replies'][S], never> } }[keyof Row<N>['replies']]
  : never
