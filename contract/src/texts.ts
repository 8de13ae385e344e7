import { majorText } from './currency.ts'

/**
 * Every sentence the product says about a refusal, a problem or a need for attention: the thing, the reason, the way out.
 * `{name}` is a parameter, `{name:milli}` a quantity in thousandths of the base unit, `{name:minor}` an amount in minor units of the
 * parameter `currency`; people read both as whole units. Stored facts hold code and parameters, the text is made when someone reads it.
 */
// biome-ignore format: one row, one sentence
export const texts = {
  'order.not_found':           { en: 'There is no order {order}. Check the number or id.', es: 'No existe el pedido {order}. Comprueba el número o el identificador.' },
  'order.exists':              { en: 'Order {order} exists already. Open it instead of placing it again.', es: 'El pedido {order} ya existe. Ábrelo en lugar de hacerlo otra vez.' },
  'order.no_lines':            { en: 'The order has no lines. Add at least one.', es: 'El pedido no tiene líneas. Añade al menos una.' },
  'order.too_many_lines':      { en: 'The order has {lines} lines; {most} is the most. Split it.', es: 'El pedido tiene {lines} líneas y el máximo es {most}. Divídelo.' },
  'order.changed':             { en: 'The order was changed meanwhile: it is at version {version}, you sent {expected}. Look at it again, then repeat.', es: 'El pedido cambió mientras tanto: está en la versión {version} y enviaste la {expected}. Míralo de nuevo y repite.' },
  'order.held':                { en: 'The order is on hold ({reason}). Release the hold first.', es: 'El pedido está retenido ({reason}). Libera antes la retención.' },
  'order.handed_over':         { en: 'Something was handed over already; make a return instead.', es: 'Ya se entregó algo; haz una devolución.' },
  'order.nothing_open':        { en: 'Nothing of the order is open any more. Reopen it first.', es: 'Ya no queda nada abierto en el pedido. Reábrelo antes.' },
  'order.ended':               { en: 'The order has ended ({stage}). Reopen it first.', es: 'El pedido ha terminado ({stage}). Reábrelo antes.' },
  'order.bad_version':         { en: 'If-Match {given} is not a version. Send the version you read, in quotes.', es: 'If-Match {given} no es una versión. Envía la versión que leíste, entre comillas.' },

  'move.unknown':              { en: 'This workflow has no action {action}. Ask which actions are offered.', es: 'Este flujo no tiene la acción {action}. Consulta las acciones disponibles.' },
  'move.not_from_here':        { en: '{action} is not possible from {stage}. Ask which actions are offered.', es: '{action} no es posible desde {stage}. Consulta las acciones disponibles.' },
  'move.forbidden_phase':      { en: 'An order that is {from} may not become {to}. Change the workflow.', es: 'Un pedido en fase {from} no puede pasar a {to}. Cambia el flujo.' },
  'move.needs_reason':         { en: '{action} needs a reason. Send a code of the list of reasons.', es: '{action} necesita un motivo. Envía un código de la lista de motivos.' },
  'move.needs_field':          { en: '{action} needs the field {field}. Fill it in or send it along.', es: '{action} necesita el campo {field}. Rellénalo o envíalo junto con la acción.' },
  'move.four_eyes':            { en: '{action} takes a second person: you brought the order here. Ask someone else.', es: '{action} necesita una segunda persona: tú trajiste el pedido hasta aquí. Pídelo a otra persona.' },
  'move.loop':                 { en: 'The automatic moves of this workflow do not come to rest ({most} in a row, last {stage}). Change the workflow.', es: 'Los pasos automáticos de este flujo no se detienen ({most} seguidos, el último {stage}). Cambia el flujo.' },

  'guard.failed':              { en: '{because}', es: '{because}' },
  'guard.unreadable':          { en: 'The condition {when} cannot be decided: {why}. Correct the workflow or what the order lacks.', es: 'La condición {when} no se puede decidir: {why}. Corrige el flujo o lo que le falta al pedido.' },

  'line.not_whole_variant':    { en: '{quantity:milli} of {item} is not a whole number of {variant} ({step:milli} each). Round it.', es: '{quantity:milli} de {item} no es un número entero de {variant} ({step:milli} cada uno). Redondéalo.' },
  'line.exists':               { en: 'Two lines have the id {line}. Give each line its own.', es: 'Dos líneas tienen el identificador {line}. Dale a cada una el suyo.' },
  'line.not_found':            { en: 'The order has no line {line}. Look at its lines again.', es: 'El pedido no tiene la línea {line}. Mira de nuevo sus líneas.' },

  'item.not_found':            { en: 'There is no item {item}. Check the code or add the item.', es: 'No existe el artículo {item}. Comprueba el código o añade el artículo.' },
  'item.exists':               { en: 'Item {item} exists already. Change it or take another code.', es: 'El artículo {item} ya existe. Cámbialo o usa otro código.' },
  'item.retired':              { en: 'Item {item} is no longer sold. Choose another.', es: 'El artículo {item} ya no se vende. Elige otro.' },
  'item.changed':              { en: 'Item {item} was changed meanwhile: it is at version {version}, you sent {expected}. Look at it again, then repeat.', es: 'El artículo {item} cambió mientras tanto: está en la versión {version} y enviaste la {expected}. Míralo de nuevo y repite.' },
  'item.fixed':                { en: 'The {field} of item {item} is {value}, and that never changes. Make another item.', es: 'El campo {field} del artículo {item} es {value} y no cambia nunca. Crea otro artículo.' },
  'item.nothing_to_stock':     { en: 'Item {item} is a {kind}: only goods are kept in stock. Set stocked to none.', es: 'El artículo {item} es de tipo {kind}: solo la mercancía tiene existencias. Pon stocked en none.' },
  'variant.not_found':         { en: 'There is no variant {variant} of {item}. Check the code.', es: 'No existe la variante {variant} de {item}. Comprueba el código.' },
  'variant.exists':            { en: 'Variant {variant} exists already. Take another code.', es: 'La variante {variant} ya existe. Usa otro código.' },
  'barcode.taken':             { en: 'Barcode {barcode} belongs to another variant. Check it.', es: 'El código de barras {barcode} es de otra variante. Compruébalo.' },
  'recipe.bad':                { en: 'The recipe of {item} is not possible: {why}.', es: 'La receta de {item} no es posible: {why}.' },

  'stock.too_little':          { en: 'Only {free:milli} of {item} are free at {location}; {wanted:milli} were wanted. Order less or wait for stock.', es: 'Solo hay {free:milli} de {item} libres en {location} y se pidieron {wanted:milli}. Pide menos o espera existencias.' },
  'stock.still_short':         { en: 'Stock for this order is still missing ({wanted:milli} of one item). Receive it first, or cancel what is missing.', es: 'Aún faltan existencias para este pedido ({wanted:milli} de un artículo). Recíbelas primero o cancela lo que falta.' },
  'stock.exists':              { en: 'Something else was booked as {external} before. Take another external id.', es: 'Ya se registró otra cosa como {external}. Usa otro identificador externo.' },
  'stock.name_lot':            { en: '{item} lies in lots at {location}. Say which lot you counted.', es: '{item} está en lotes en {location}. Di qué lote has contado.' },
  'stock.not_kept':            { en: 'No stock is kept of {item}: it is a service, or made from parts. Change its parts instead.', es: 'No se llevan existencias de {item}: es un servicio o se hace con otras piezas. Cambia esas piezas.' },
  'stock.below_zero':          { en: 'There are {onHand:milli} of {item} at {location}, {reserved:milli} of them reserved; {wanted:milli} cannot be taken away.', es: 'Hay {onHand:milli} de {item} en {location}, {reserved:milli} reservados; no se pueden quitar {wanted:milli}.' },
  'stock.lot_not_found':       { en: 'There is no lot {lot} of {item}. Check the lot.', es: 'No existe el lote {lot} de {item}. Comprueba el lote.' },
  'stock.busy':                { en: 'The stock of {item} at {location} is being counted or changed. Try again in a moment.', es: 'Las existencias de {item} en {location} se están cambiando. Inténtalo en un momento.' },
  'reservation.not_found':     { en: 'There is no open reservation {reservation}. It may have been used or given back.', es: 'No hay ninguna reserva abierta {reservation}. Puede que se haya usado o devuelto.' },

  'price.unknown':             { en: '{item} has no price in {currency}. Set one or send it with the line.', es: '{item} no tiene precio en {currency}. Ponlo o envíalo con la línea.' },
  'permission.hidden':         { en: 'Your role does not see {group} and may not write it. Leave it out, or ask somebody who may.', es: 'Tu rol no ve {group} y no puede escribirlo. Omítelo o pídeselo a quien pueda.' },
  'stream.too_many':           { en: 'Your workspace follows what changes {most} times already. Close a window or share one stream.', es: 'Tu espacio ya sigue los cambios {most} veces. Cierra una ventana o comparte un flujo.' },
  'limit.refund':              { en: 'Your role may give back or write off {most:minor} at once; this is {amount:minor}. Ask somebody who may do more.', es: 'Tu rol puede devolver o dar por perdidos {most:minor} de una vez; esto son {amount:minor}. Pídelo a quien pueda más.' },
  'limit.discount':            { en: 'Your role may take {most:minor} off an order; this is {amount:minor}. Ask somebody who may do more.', es: 'Tu rol puede descontar {most:minor} de un pedido; esto son {amount:minor}. Pídelo a quien pueda más.' },
  'currency.unknown':          { en: '{currency} is not a currency of ISO 4217.', es: '{currency} no es una moneda de ISO 4217.' },
  'currency.mismatch':         { en: 'The order is in {wanted}; {given} cannot be added to it. Make a second order.', es: 'El pedido está en {wanted}; no se le puede sumar {given}. Haz otro pedido.' },
  'money.bad_amount':          { en: '{amount} is not a possible amount of {currency}. Send whole minor units above zero.', es: '{amount} no es un importe posible en {currency}. Envía unidades menores enteras, mayores que cero.' },
  'money.too_large':           { en: 'The amounts add up to more than can be kept exactly. Split the order.', es: 'Los importes suman más de lo que se puede guardar con exactitud. Divide el pedido.' },
  'money.nothing_to_refund':   { en: 'Nothing was paid that could be given back. Record the payment first.', es: 'No hay nada pagado que devolver. Registra antes el pago.' },
  'money.hidden':              { en: 'An amount that your role does not see speaks against it. Ask somebody who sees prices.', es: 'Lo impide un importe que tu rol no ve. Pregunta a alguien que vea los precios.' },
  'money.refund_too_much':     { en: '{refundable:minor} {currency} can be refunded; {wanted:minor} were asked for. Refund less.', es: 'Se pueden reembolsar {refundable:minor} {currency} y se pidieron {wanted:minor}. Reembolsa menos.' },
  'money.exists':              { en: 'Payment {reference} is recorded already.', es: 'El pago {reference} ya está registrado.' },
  'tax.not_found':             { en: 'There is no tax {tax}. Check the code or add the tax.', es: 'No existe el impuesto {tax}. Comprueba el código o añade el impuesto.' },
  'tax.bad_rate':              { en: '{rate} is not a possible rate for tax {tax}. Send whole millionths from 0 to 1,000,000.', es: '{rate} no es un tipo posible para el impuesto {tax}. Envía millonésimas enteras de 0 a 1 000 000.' },

  'return.too_many':           { en: 'Only {returnable:milli} of {item} can come back; {wanted:milli} were sent. Return less.', es: 'Solo se pueden devolver {returnable:milli} de {item} y se enviaron {wanted:milli}. Devuelve menos.' },
  'return.nothing':            { en: 'Nothing was handed over that could come back. Cancel instead.', es: 'No se entregó nada que pueda volver. Cancela en su lugar.' },
  'return.credit_too_much':    { en: '{most:minor} {currency} is the most that {item} can be credited with; {wanted:minor} were asked for. Credit less.', es: 'Por {item} se pueden abonar como mucho {most:minor} {currency} y se pidieron {wanted:minor}. Abona menos.' },
  'return.no_lines':           { en: 'The return has no lines. Say what comes back.', es: 'La devolución no tiene líneas. Indica qué se devuelve.' },
  'return.exists':             { en: 'Return {return} exists already.', es: 'La devolución {return} ya existe.' },
  'return.not_found':          { en: 'There is no return {return}. Check the number or id.', es: 'No existe la devolución {return}. Comprueba el número o el identificador.' },

  'location.not_found':        { en: 'There is no location {location}. Check the code.', es: 'No existe el local {location}. Comprueba el código.' },
  'location.closed':           { en: 'Location {location} is closed. Choose another or open it.', es: 'El local {location} está cerrado. Elige otro o ábrelo.' },
  'location.exists':           { en: 'Location {location} exists already. Take another code.', es: 'El local {location} ya existe. Usa otro código.' },
  'location.changed':          { en: 'Location {location} was changed meanwhile: version {version}, you sent {expected}. Look again, then repeat.', es: 'El local {location} cambió mientras tanto: versión {version} y enviaste la {expected}. Míralo de nuevo y repite.' },
  'register.not_found':        { en: 'There is no register {register}. Check the code.', es: 'No existe la caja {register}. Comprueba el código.' },
  'register.closed':           { en: 'Register {register} is closed. Choose another or open it.', es: 'La caja {register} está cerrada. Elige otra o ábrela.' },
  'register.exists':           { en: 'Register {register} exists already. Take another code.', es: 'La caja {register} ya existe. Usa otro código.' },
  'register.not_a_kiosk':      { en: '{register} is a till: only a kiosk has a token. Choose a kiosk.', es: '{register} es una caja: solo un quiosco tiene token. Elige un quiosco.' },
  'time_zone.unknown':         { en: '{zone} is not a time zone. Use a name like Europe/Madrid.', es: '{zone} no es una zona horaria. Usa un nombre como Europe/Madrid.' },
  'customer.not_found':        { en: 'There is no customer {customer}. Check the id or add the customer.', es: 'No existe el cliente {customer}. Comprueba el identificador o añade el cliente.' },
  'customer.exists':           { en: 'Customer {customer} exists already. Open that one instead.', es: 'El cliente {customer} ya existe. Abre ese.' },
  'customer.erased':           { en: 'Customer {customer} was forgotten; nothing is added to them any more. Make a new one.', es: 'El cliente {customer} fue olvidado; ya no se le añade nada. Crea uno nuevo.' },
  'customer.changed':          { en: 'The customer was changed meanwhile: version {version}, you sent {expected}. Look again, then repeat.', es: 'El cliente cambió mientras tanto: versión {version} y enviaste la {expected}. Míralo de nuevo y repite.' },
  'member.not_found':          { en: 'There is no member {member} in this workspace. Check the id.', es: 'No hay ningún miembro {member} en este espacio. Comprueba el identificador.' },
  'role.not_found':            { en: 'There is no role {role}. Choose one of: {known}.', es: 'No existe el rol {role}. Elige uno de: {known}.' },
  'api_key.not_found':         { en: 'There is no API key {key}. Check the id.', es: 'No existe la clave de API {key}. Comprueba el identificador.' },
  'api_key.needs_locations':   { en: 'Your rights end at certain locations, so the key needs some of them. Send locationIds.', es: 'Tus derechos acaban en ciertos locales, así que la clave necesita alguno de ellos. Envía locationIds.' },
  'api_key.already_expired':   { en: '{at} has passed, so the key could never be used. Send a time that lies ahead.', es: '{at} ya pasó y la clave no se podría usar nunca. Envía una hora futura.' },

  'reason.unknown':            { en: '{reason} is not on the list of reasons for {kind}. Choose one of the list or add it.', es: '{reason} no está en la lista de motivos de {kind}. Elige uno de la lista o añádelo.' },
  'hold.none':                 { en: 'No hold is open. There is nothing to release.', es: 'No hay ninguna retención abierta. No hay nada que liberar.' },
  'hold.not_found':            { en: 'The order has no open hold {hold}. It may have been released already.', es: 'El pedido no tiene ninguna retención abierta {hold}. Puede que ya se haya liberado.' },
  'tag.too_many':              { en: 'The order would have {tags} tags; {most} is the most. Remove some.', es: 'El pedido tendría {tags} etiquetas y el máximo es {most}. Quita algunas.' },
  'field.too_many':            { en: 'The order would have {fields} custom fields; {most} is the most. Remove some.', es: 'El pedido tendría {fields} campos propios y el máximo es {most}. Quita algunos.' },
  'time.in_future':            { en: '{at} lies ahead. Send a time that has been.', es: '{at} está en el futuro. Envía una hora ya pasada.' },

  'workflow.not_found':        { en: 'There is no workflow {workflow}. Check the code or publish it.', es: 'No existe el flujo {workflow}. Comprueba el código o publícalo.' },
  'workflow.bad_shape':        { en: 'The workflow is not well formed at {where}: {why}.', es: 'El flujo no está bien formado en {where}: {why}.' },
  'workflow.unknown_stage':    { en: '{where} names the stage {stage}, which the workflow does not have. Add it or correct the name.', es: '{where} nombra la etapa {stage}, que el flujo no tiene. Añádela o corrige el nombre.' },
  'workflow.unknown_word':     { en: '{where} uses the word {word}, which nobody has taught. Known: {known}.', es: '{where} usa la palabra {word}, que nadie ha enseñado. Conocidas: {known}.' },
  'workflow.bad_start':        { en: 'Orders cannot start in {stage}: its phase is {phase}. Start in a draft or open stage.', es: 'Los pedidos no pueden empezar en {stage}: su fase es {phase}. Empieza en una etapa draft u open.' },
  'workflow.bad_guard':        { en: 'The condition {when} of {where} is not possible: {why}.', es: 'La condición {when} de {where} no es posible: {why}.' },
  'workflow.forbidden_phase':  { en: '{where} leads from {from} ({fromPhase}) to {to} ({toPhase}), and {fromPhase} may not become {toPhase}.', es: '{where} lleva de {from} ({fromPhase}) a {to} ({toPhase}), y {fromPhase} no puede pasar a {toPhase}.' },
  'workflow.example_failed':   { en: 'The example {example} ends in {was}; {wanted} was expected.', es: 'El ejemplo {example} termina en {was} y se esperaba {wanted}.' },
  'workflow.changed':          { en: 'Someone published version {version} of {workflow} meanwhile. Look at it, then publish again.', es: 'Alguien publicó mientras tanto la versión {version} de {workflow}. Mírala y publica de nuevo.' },

  'attention.late':            { en: 'Nobody acted in time. Move the order on or hold it.', es: 'Nadie actuó a tiempo. Mueve el pedido o retenlo.' },
  'attention.short':           { en: 'Stock is missing. Receive some, change the order or cancel it.', es: 'Faltan existencias. Recibe más, cambia el pedido o cancélalo.' },
  'attention.workflow':        { en: 'The workflow asks for a person. Look at the order.', es: 'El flujo pide una persona. Mira el pedido.' },

  'workspace.not_found':       { en: 'There is no workspace {workspace}. Check the code.', es: 'No existe el espacio {workspace}. Comprueba el código.' },
  'workspace.exists':          { en: 'Workspace {workspace} exists already. Take another code.', es: 'El espacio {workspace} ya existe. Usa otro código.' },
  'workspace.bad_code':        { en: '{code} cannot be a code. Use lower-case letters, digits and hyphens.', es: '{code} no puede ser un código. Usa minúsculas, cifras y guiones.' },
  'blueprint.not_found':       { en: 'There is no blueprint {blueprint}. Choose one of: {known}.', es: 'No existe el modelo {blueprint}. Elige uno de: {known}.' },
  'job.not_found':             { en: 'There is no parked work {job}. It may be done already.', es: 'No hay trabajo apartado {job}. Puede que ya esté hecho.' },

  'undo.changed_since':        { en: 'The order was changed since: it was left at version {left} and is at {version}. Look at it and change it by hand.', es: 'El pedido cambió desde entonces: quedó en la versión {left} y está en la {version}. Míralo y cámbialo a mano.' },
  'undo.placed':               { en: 'Placing an order is not taken back. Cancel it.', es: 'Hacer un pedido no se deshace. Cancélalo.' },
  'undo.ended':                { en: 'In {stage} the order has ended. Where its workflow has a way back, reopen it.', es: 'En {stage} el pedido ha terminado. Si su flujo lo permite, reábrelo.' },
  'undo.undone':               { en: 'This took something back itself. Do what was done once more.', es: 'Esto ya deshizo algo. Vuelve a hacer lo que se hizo.' },
  'undo.consumed':             { en: 'Goods left the stock. Take them back with a return.', es: 'Salieron productos de las existencias. Recupéralos con una devolución.' },
  'undo.handed_over':          { en: 'Something was handed over. Take it back with a return.', es: 'Se entregó algo. Recupéralo con una devolución.' },
  'undo.returned':             { en: 'Something came back, and that stays. Correct it by hand.', es: 'Se devolvió algo y eso permanece. Corrígelo a mano.' },
  'undo.noted':                { en: 'What somebody wrote stays. Write another note.', es: 'Lo que alguien escribió permanece. Escribe otra nota.' },
  'undo.money':                { en: 'Money moved, and that stays. Record a payment or refund against it.', es: 'Se movió dinero y eso permanece. Registra un pago o reembolso en contra.' },
  'undo.stock_gone':           { en: '{item} was given back and is taken by now: {wanted:milli} wanted, {free:milli} free. Receive some, or change the order by hand.', es: '{item} se liberó y ya está ocupado: se piden {wanted:milli} y hay {free:milli}. Recibe más o cambia el pedido a mano.' },

  'export.not_found':          { en: 'You had no file {export} made. Check the id.', es: 'No pediste ningún archivo {export}. Comprueba el identificador.' },
  'export.unknown_column':     { en: 'There is no column {column} that you may see. Choose of: {known}.', es: 'No hay ninguna columna {column} que puedas ver. Elige entre: {known}.' },
  'export.not_ready':          { en: 'The file is {state}. Ask again when it is ready.', es: 'El archivo está en estado {state}. Pregunta de nuevo cuando esté listo.' },
  'export.expired':            { en: 'The file was thrown away after {hours} hours. Have it made again.', es: 'El archivo se eliminó a las {hours} horas. Pídelo de nuevo.' },
  'export.nobody':             { en: 'Whoever asked for the file may no longer come in. Somebody who may has to ask again.', es: 'Quien pidió el archivo ya no puede entrar. Debe pedirlo de nuevo alguien que pueda.' },

  'bulk_job.not_found':        { en: 'There is no job {job}. Check the id.', es: 'No existe el trabajo {job}. Comprueba el identificador.' },
  'bulk_job.not_waiting':      { en: 'Order {order} waits in no job that runs: it was dealt with, or the job was stopped. Look at the job.', es: 'El pedido {order} no espera en ningún trabajo en marcha: ya se atendió o el trabajo se detuvo. Mira el trabajo.' },
  'bulk_job.too_many':         { en: 'This is about more than {most} orders. Narrow it down.', es: 'Esto abarca más de {most} pedidos. Acótalo.' },
  'bulk_job.too_many_at_once': { en: 'This is about {orders} orders; without a preview {most} is the most. Send "run": "preview" first.', es: 'Esto abarca {orders} pedidos; sin vista previa el máximo es {most}. Envía antes "run": "preview".' },
  'bulk_job.no_orders':        { en: 'Nothing was found that this is about. Look at the selection again.', es: 'No se encontró nada de lo que esto trata. Revisa la selección.' },
  'bulk_job.one_by_one':       { en: '{action} says something of its own for each order. Do it order by order.', es: '{action} dice algo distinto de cada pedido. Hazlo pedido a pedido.' },
  'bulk_job.preview_first':    { en: '{action} moves money. Send "run": "preview" first, then start the job.', es: '{action} mueve dinero. Envía antes "run": "preview" y luego inicia el trabajo.' },
  'bulk_job.wrong_state':      { en: 'The job is {state}; that is not possible now. Look at the job again.', es: 'El trabajo está en estado {state}; ahora no es posible. Vuelve a mirar el trabajo.' },
  'bulk_job.not_yours':        { en: 'Somebody else made this job, and it acts with their rights. Make one of your own.', es: 'Este trabajo lo creó otra persona y actúa con sus derechos. Crea uno propio.' },
  'bulk_job.wrong_count':      { en: 'The job is about {orders} orders. Send that number as count to start it.', es: 'El trabajo abarca {orders} pedidos. Envía ese número en count para empezar.' },
  'bulk_job.nobody':           { en: 'Whoever made the job may no longer come in. Somebody who may has to make it again.', es: 'Quien creó el trabajo ya no puede entrar. Debe crearlo de nuevo alguien que pueda.' },
  'bulk_job.too_late':         { en: 'The job ended at {ended}; it can be taken back for {hours} hours. Change the orders instead.', es: 'El trabajo terminó en {ended}; se puede deshacer durante {hours} horas. Cambia los pedidos.' },
  'bulk_job.undone':           { en: 'Job {job} takes this one back already. Look at it.', es: 'El trabajo {job} ya deshace este. Míralo.' },
  'bulk_job.out_of_sight':     { en: 'You do not see {orders} of the orders that this job changed. Whoever made it can take it back.', es: 'No ves {orders} de los pedidos que cambió este trabajo. Quien lo creó puede deshacerlo.' },
  'bulk_job.nothing_done':     { en: 'The job changed no order, so nothing can be taken back.', es: 'El trabajo no cambió ningún pedido; no hay nada que deshacer.' },

  'idempotency.missing':       { en: 'This request needs an Idempotency-Key. Send a new one for each order you mean.', es: 'Esta petición necesita un Idempotency-Key. Envía uno nuevo por cada pedido.' },
  'idempotency.other_body':    { en: 'This Idempotency-Key was used for another request. Send a new key.', es: 'Este Idempotency-Key se usó para otra petición. Envía una clave nueva.' },
  'idempotency.busy':          { en: 'The first request with this Idempotency-Key is still running. Ask again in a moment.', es: 'La primera petición con este Idempotency-Key sigue en curso. Pregunta de nuevo en un momento.' },
  'busy.try_later':            { en: 'Too much is waiting right now. Send it again in {seconds} seconds.', es: 'Hay demasiado en espera ahora mismo. Envíalo de nuevo en {seconds} segundos.' },
  'rate.too_many':             { en: 'You sent too many requests. Send the next in {seconds} seconds.', es: 'Enviaste demasiadas peticiones. Envía la siguiente en {seconds} segundos.' },
  'permission.denied':         { en: 'This needs the permission {permission}, which you do not have. Ask an administrator.', es: 'Esto necesita el permiso {permission}, que no tienes. Pídelo a un administrador.' },
  'auth.missing':             { en: 'Say who you are: sign in, or send your API key as a bearer token.', es: 'Di quién eres: inicia sesión o envía tu clave de API como bearer token.' },
  'auth.invalid':             { en: 'This API key is unknown or was withdrawn. Use another.', es: 'Esta clave de API es desconocida o se retiró. Usa otra.' },
  'auth.signed_out':          { en: 'You are not signed in any more. Sign in again.', es: 'Ya no has iniciado sesión. Inicia sesión de nuevo.' },
  'auth.wrong':               { en: 'E-mail and password do not belong together. Check both.', es: 'El correo y la contraseña no se corresponden. Comprueba los dos.' },
  'auth.try_later':           { en: 'These were too many attempts. Try again in {seconds} seconds.', es: 'Han sido demasiados intentos. Inténtalo de nuevo en {seconds} segundos.' },
  'auth.not_a_person':        { en: 'This is for people who signed in; an API key has no session. Sign in instead.', es: 'Esto es para personas que han iniciado sesión; una clave de API no tiene sesión. Inicia sesión.' },
  'auth.which_workspace':     { en: 'You belong to several workspaces: {known}. Name one in the header Docket-Workspace.', es: 'Perteneces a varios espacios: {known}. Nombra uno en la cabecera Docket-Workspace.' },
  'auth.not_a_member':        { en: 'You are not a member of the workspace {workspace}. Name one of yours, or ask to be invited.', es: 'No eres miembro del espacio {workspace}. Nombra uno de los tuyos o pide que te inviten.' },
  'auth.no_origin':           { en: 'A change that comes with a session says where it is sent from. Send the header Origin: {origin}.', es: 'Un cambio que llega con una sesión dice desde dónde se envía. Envía la cabecera Origin: {origin}.' },
  'auth.foreign_origin':      { en: 'This was sent from {origin}, which is not an address of Docket. Open Docket at its own address, or add that one to DOCKET_URLS.', es: 'Esto se envió desde {origin}, que no es una dirección de Docket. Abre Docket en su dirección o añade esa a DOCKET_URLS.' },
  'auth.plain_http':          { en: 'Over plain HTTP from another machine everybody on the way could read along. Set TLS_CERT and TLS_KEY, or put a proxy with HTTPS in front and name it in TRUSTED_PROXIES.', es: 'Por HTTP sin cifrar desde otra máquina cualquiera en el camino podría leerlo. Configura TLS_CERT y TLS_KEY, o pon delante un proxy con HTTPS y nómbralo en TRUSTED_PROXIES.' },
  'session.not_found':        { en: 'There is no session {session} of yours. It may have ended already.', es: 'No hay ninguna sesión tuya {session}. Puede que ya haya terminado.' },
  'password.wrong':           { en: 'The current password is another. Check it.', es: 'La contraseña actual es otra. Compruébala.' },
  'user.not_found':           { en: 'Nobody has the e-mail {email}. Check it.', es: 'Nadie tiene el correo {email}. Compruébalo.' },
  'user.exists':              { en: 'Somebody with the e-mail {email} is known already. Add them as a member instead.', es: 'Ya se conoce a alguien con el correo {email}. Añádelo como miembro.' },
  'member.needs_locations':   { en: 'Your rights end at certain locations, so this member needs some of them. Send locationIds.', es: 'Tus derechos acaban en ciertos locales, así que este miembro necesita alguno de ellos. Envía locationIds.' },
  'member.exists':            { en: '{email} is a member already. Change the member instead.', es: '{email} ya es miembro. Cambia ese miembro.' },
  'member.changed':           { en: 'The member was changed meanwhile: version {version}, you sent {expected}. Look again, then repeat.', es: 'El miembro cambió mientras tanto: versión {version}, enviaste {expected}. Míralo y repite.' },
  'member.last_owner':        { en: 'This is the last owner. Make somebody else an owner first.', es: 'Es el último propietario. Haz antes propietario a otra persona.' },
  'member.circle':            { en: '{member} reports to this member already, directly or through others. Choose somebody else.', es: '{member} ya depende de este miembro, directamente o a través de otros. Elige a otra persona.' },
  'role.owner_fixed':         { en: 'An owner may always do everything. Make another role instead.', es: 'Un propietario puede hacerlo siempre todo. Crea otro rol.' },
  'role.beyond':              { en: 'This gives more than you have: {what}. Ask somebody who has it.', es: 'Esto da más de lo que tienes: {what}. Pídelo a quien lo tenga.' },
  'invitation.not_found':     { en: 'There is no invitation {invitation}. Check the id.', es: 'No hay ninguna invitación {invitation}. Comprueba el identificador.' },
  'invitation.not_open':      { en: 'This invitation is unknown, was used or withdrawn, or has expired. Ask for a new one.', es: 'Esta invitación no se conoce, se usó, se retiró o ha caducado. Pide una nueva.' },
  'invitation.needs_password':{ en: 'Whoever has no account yet chooses a name and a password of {least} characters or more.', es: 'Quien aún no tiene cuenta elige un nombre y una contraseña de {least} caracteres o más.' },
  'invitation.other_person':  { en: 'This invitation is for somebody else than who is signed in. Sign out first.', es: 'Esta invitación es para otra persona que la que ha iniciado sesión. Cierra antes la sesión.' },
  'invitation.pass_it_on':    { en: 'No e-mail was sent. Pass this link on to {email} yourself; it is shown this once.', es: 'No se ha enviado ningún correo. Entrega tú este enlace a {email}; solo se muestra esta vez.' },
  'request.invalid':           { en: 'The request is not right at {where}: {why}.', es: 'La petición no es correcta en {where}: {why}.' },
  'request.not_json':          { en: 'The body is not readable JSON. Check its syntax.', es: 'El cuerpo no es JSON legible. Comprueba su sintaxis.' },
  'request.wrong_type':        { en: 'This address takes {wanted}, not {given}. Set the content type.', es: 'Esta dirección admite {wanted}, no {given}. Cambia el tipo de contenido.' },
  'request.too_large':         { en: 'The body is larger than {most} bytes. Send less at once.', es: 'El cuerpo supera los {most} bytes. Envía menos de una vez.' },
  'request.too_long':          { en: 'The address is longer than {most} characters. Send less in it.', es: 'La dirección supera los {most} caracteres. Envía menos en ella.' },
  'request.too_deep':          { en: 'The body is nested deeper than {depth} levels or holds a list of more than {most}. Send it flatter.', es: 'El cuerpo tiene más de {depth} niveles o una lista de más de {most}. Envíalo más plano.' },
  'idempotency.bad':           { en: 'An Idempotency-Key has 1 to {most} printable ASCII characters. Send such a key.', es: 'Un Idempotency-Key tiene de 1 a {most} caracteres ASCII imprimibles. Envía una clave así.' },

  'input.missing':             { en: 'This is needed.', es: 'Esto es necesario.' },
  'input.unknown':             { en: '{field} is not known here. Remove it or check its spelling.', es: '{field} no se conoce aquí. Quítalo o revisa cómo se escribe.' },
  'input.type':                { en: 'Send {wanted} here.', es: 'Envía aquí: {wanted}.' },
  'input.choice':              { en: 'Send one of: {known}.', es: 'Envía uno de: {known}.' },
  'input.too_small':           { en: 'Send {least} or more.', es: 'Envía {least} o más.' },
  'input.too_big':             { en: 'Send {most} or less.', es: 'Envía {most} o menos.' },
  'input.too_short':           { en: 'Send {least} characters or more.', es: 'Envía {least} caracteres o más.' },
  'input.too_long':            { en: 'Send {most} characters or fewer.', es: 'Envía {most} caracteres o menos.' },
  'input.too_few':             { en: 'Send {least} entries or more.', es: 'Envía {least} elementos o más.' },
  'input.too_many':            { en: 'Send {most} entries or fewer.', es: 'Envía {most} elementos o menos.' },
  'input.too_many_fields':     { en: 'These are too many custom fields. Send fewer.', es: 'Son demasiados campos propios. Envía menos.' },
  'input.format':              { en: 'This is not a well-formed {format}.', es: 'Esto no es un {format} bien formado.' },
  'input.invalid':             { en: 'This value is not possible here.', es: 'Este valor no es posible aquí.' },
  'input.control':             { en: 'Control characters cannot be kept. Remove them.', es: 'Los caracteres de control no se pueden guardar. Quítalos.' },
  'input.email':                { en: 'Send an e-mail address, like ada@example.org.', es: 'Envía una dirección de correo, como ada@example.org.' },
  'input.lower_case':           { en: 'Send this in lower case.', es: 'Envía esto en minúsculas.' },
  'input.token':                { en: 'Send the token of the link, whole.', es: 'Envía el token del enlace, entero.' },
  'input.uuid':                { en: 'Send a UUID in lower case.', es: 'Envía un UUID en minúsculas.' },
  'input.topics':              { en: 'Name topics with commas between them: orders, stock, customers, items, places, workflows, jobs.', es: 'Indica los temas separados por comas: orders, stock, customers, items, places, workflows, jobs.' },
  'input.cursor':              { en: 'Send the next that the page before gave you.', es: 'Envía el next que dio la página anterior.' },
  'input.word':                { en: 'Send a word of lower-case letters, digits, hyphens and underscores, 40 at most.', es: 'Envía una palabra de minúsculas, cifras, guiones y guiones bajos, 40 como máximo.' },
  'input.currency':            { en: 'Send a currency as three capital letters, like EUR.', es: 'Envía una moneda con tres mayúsculas, como EUR.' },
  'input.moment':              { en: 'Send a moment with its offset from the years 1900 to 2200, like 2026-01-05T09:00:00+01:00.', es: 'Envía un momento con su desfase entre los años 1900 y 2200, como 2026-01-05T09:00:00+01:00.' },
  'input.day':                 { en: 'Send a day from the years 1900 to 2200, like 2026-01-05.', es: 'Envía un día entre los años 1900 y 2200, como 2026-01-05.' },
  'input.time_of_day':         { en: 'Send a time of day, like 05:30.', es: 'Envía una hora, como 05:30.' },
  'input.field':               { en: 'Send one of text, int and time, with its value.', es: 'Envía uno de text, int y time, con su valor.' },
  'input.field_name':          { en: 'A field has a name of lower-case letters, digits and underscores.', es: 'Un campo tiene un nombre de minúsculas, cifras y guiones bajos.' },
  'input.tag':                 { en: 'A tag has no spaces at its ends and no control characters.', es: 'Una etiqueta no tiene espacios en los extremos ni caracteres de control.' },
  'input.key':                 { en: 'A key has 1 to 255 printable ASCII characters.', es: 'Una clave tiene de 1 a 255 caracteres ASCII imprimibles.' },
  'input.action':              { en: 'An action has a name of letters, digits, hyphens and underscores.', es: 'Una acción tiene un nombre de letras, cifras, guiones y guiones bajos.' },
  'input.one_item':            { en: 'Say what it is by one of itemId, item, variant and barcode, or give the line a kind.', es: 'Indica qué es con uno de itemId, item, variant y barcode, o da un kind a la línea.' },
  'input.one_of_two':          { en: 'Send the id or the code, one of them.', es: 'Envía el identificador o el código, uno de los dos.' },
  'input.variant_alone':       { en: 'A variantId needs its itemId or item beside it.', es: 'Un variantId necesita su itemId o item al lado.' },
  'input.one_location':        { en: 'Say where with one of locationId and location.', es: 'Indica dónde con uno de locationId y location.' },
  'input.catalogue':           { en: 'A line of the catalogue takes this from there. Remove it or give the line a kind.', es: 'Una línea del catálogo lo toma de ahí. Quítalo o da un kind a la línea.' },
  'input.no_catalogue':        { en: 'A line with a kind stands in no catalogue. Remove this or the kind.', es: 'Una línea con kind no está en el catálogo. Quita esto o el kind.' },
  'input.above_zero':          { en: 'Send an amount above zero.', es: 'Envía un importe mayor que cero.' },
  'input.below_zero':          { en: 'Send a difference below zero.', es: 'Envía una diferencia menor que cero.' },
  'input.not_here':            { en: 'This does not go with the rest. Remove it.', es: 'Esto no va con el resto. Quítalo.' },
  'input.of_the_order':        { en: 'The order says this already. Remove it.', es: 'Esto ya lo dice el pedido. Quítalo.' },
  'input.from_after_to':       { en: 'This lies before from. Correct one of them.', es: 'Esto es anterior a from. Corrige uno de ellos.' },
  'filter.unknown_field':      { en: 'There is no field {field}. {hint}', es: 'No existe el campo {field}. {hint}' },
  'filter.unknown_value':      { en: '{field} is never {value}. {hint}', es: '{field} nunca es {value}. {hint}' },
  'filter.hidden':             { en: 'Your role does not see {field}: it belongs to {group}. Leave it out, or ask for that right.', es: 'Tu rol no ve {field}: pertenece a {group}. Quítalo o pide ese derecho.' },
  'filter.bad_value':          { en: '{value} cannot be meant for {field}. Write {wanted}.', es: '{value} no vale para {field}. Escribe {wanted}.' },
  'filter.missing_value':      { en: 'Nothing stands after {field}. Say which.', es: 'No hay nada después de {field}. Indica cuál.' },
  'filter.missing_name':       { en: 'Write which of your own fields is meant, like {field}.size.', es: 'Escribe cuál de tus campos propios, como {field}.size.' },
  'filter.never_empty':        { en: '{field} is never empty. Leave this out.', es: '{field} nunca está vacío. Quítalo.' },
  'filter.not_ordered':        { en: '{field} knows no more and no less. Use {field}: with a value.', es: '{field} no conoce más ni menos. Usa {field}: con un valor.' },
  'filter.no_words':           { en: 'There is neither a letter nor a digit in {word}. Leave it out.', es: 'No hay letras ni cifras en {word}. Quítalo.' },
  'filter.open_quote':         { en: 'A quotation mark is not closed. Close it.', es: 'Hay unas comillas sin cerrar. Ciérralas.' },
  'filter.open_bracket':       { en: 'A bracket is not closed. Close it.', es: 'Hay un paréntesis sin cerrar. Ciérralo.' },
  'filter.stray_bracket':      { en: 'This bracket closes nothing. Leave it out.', es: 'Este paréntesis no cierra nada. Quítalo.' },
  'filter.dangling':           { en: '{word} needs something on both sides. Leave it out, or put the word in quotes.', es: '{word} necesita algo a cada lado. Quítalo o pon la palabra entre comillas.' },
  'filter.nothing':            { en: 'There is nothing in these brackets. Leave them out.', es: 'No hay nada en estos paréntesis. Quítalos.' },
  'filter.too_many':           { en: 'The filter asks {terms} things; {most} is the most. Shorten it.', es: 'El filtro pregunta {terms} cosas y el máximo es {most}. Acórtalo.' },
  'filter.too_deep':           { en: 'Brackets stand more than {most} deep. Flatten them.', es: 'Hay más de {most} paréntesis anidados. Simplifícalo.' },
  'list.too_slow':             { en: 'This would take too long. Narrow it down: a time span, a stage or a location helps.', es: 'Esto tardaría demasiado. Acótalo: ayuda un periodo, una etapa o un local.' },
  'list.bad_sort':             { en: 'This list does not come by {sort}. It comes by {known}, with - before it for the last first.', es: 'Esta lista no se ordena por {sort}. Se ordena por {known}, con - delante para empezar por el final.' },
  'list.hidden_sort':          { en: 'Your role does not see {sort}: it belongs to {group}. Sort by something else.', es: 'Tu rol no ve {sort}: pertenece a {group}. Ordena por otra cosa.' },
  'list.bad_cursor':           { en: 'This cursor is not of this list: its filter or its order is another. Begin again without one.', es: 'Este cursor no es de esta lista: cambia el filtro o el orden. Empieza de nuevo sin él.' },
  'view.not_found':            { en: 'There is no view {view}. Choose another.', es: 'No existe la vista {view}. Elige otra.' },
  'view.locked':               { en: 'The view {name} is locked: it stays as it is. Duplicate it and change the copy.', es: 'La vista {name} está bloqueada y no cambia. Duplícala y cambia la copia.' },
  'view.not_yours':            { en: 'The view {name} belongs to somebody else. Duplicate it and change the copy.', es: 'La vista {name} es de otra persona. Duplícala y cambia la copia.' },
  'view.too_many':             { en: 'There are {views} views already; {most} is the most. Delete some first.', es: 'Ya hay {views} vistas y el máximo es {most}. Borra alguna antes.' },
  'view.other_list':           { en: 'The view {view} is of another list ({list}). Choose another.', es: 'La vista {view} es de otra lista ({list}). Elige otra.' },
  'view.changed':              { en: 'The view {name} was changed meanwhile: it is at version {version}, you sent {expected}. Look at it again, then repeat.', es: 'La vista {name} cambió mientras tanto: está en la versión {version} y enviaste la {expected}. Mírala de nuevo y repite.' },
  'view.exists':               { en: 'There is a view {view} already. Send another id.', es: 'Ya existe la vista {view}. Envía otro identificador.' },
  'view.shared_default':       { en: 'Only a shared view can be what a role starts with. Share it first.', es: 'Solo una vista compartida puede ser el inicio de un rol. Compártela antes.' },
  'route.not_found':           { en: 'There is nothing at {method} {path}. See /docs.', es: 'No hay nada en {method} {path}. Mira /docs.' },
  'internal':                  { en: 'Something broke on our side. Nothing was changed; try again, and tell us {request} if it stays.', es: 'Algo falló por nuestra parte. No se cambió nada; inténtalo de nuevo y dinos {request} si continúa.' },
} as const satisfies Record<string, { en: string; es: string }>

export type Code = keyof typeof texts
export type Params = Record<string, string | number | boolean | null>

/** The parameters that the sentence of a code names. */
export type ParamsOf<C extends Code> = { [Name in NamedIn<(typeof texts)[C]['en']>]: Params[string] }
type NamedIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Plain<Name> | NamedIn<Rest> : never
type Plain<Name extends string> = Name extends `${infer Bare}:${string}` ? Bare : Name

/**
 * The sentence of a code in the reader's language, in English where we do not speak it.
 * A parameter may bring its own translation beside it (`because` and `because.es`); one that is missing shows as `{name}`.
 * What stands in a parameter is shown, never read again.
 */
export function textOf(code: Code, params: Params, language = 'en'): string {
  const text: string = language === 'es' ? texts[code].es : texts[code].en
  return text.replace(/\{(\w+)(?::(milli|minor))?\}/g, (whole, name: string, kind: 'milli' | 'minor' | undefined) => {
    const value = own(params, `${name}.${language}`) ?? own(params, name)
    return value === undefined ? whole : shown(value, kind, params)
  })
}

function shown(value: Params[string], kind: 'milli' | 'minor' | undefined, params: Params): string {
  if (typeof value !== 'number' || kind === undefined) return String(value)
  return kind === 'milli' ? String(value / 1000) : majorText(value, String(own(params, 'currency')))
}

const own = (params: Params, name: string) => (Object.hasOwn(params, name) ? params[name] : undefined)

/** Whether a sentence says an amount of money. */
export const tellsMoney = (code: Code): boolean => texts[code].en.includes(':minor}')

/** True for a word that stands in the catalogue: what was stored by an older version may no longer. */
export const isCode = (word: string): word is Code => Object.hasOwn(texts, word)
