import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedIn, testMember } from '../testing/people.ts'
import { type TestDoor, testDoor } from '../testing/test-door.ts'
import { orderOf } from '../testing/test-shop.ts'

let door: TestDoor
beforeAll(async () => {
  door = await testDoor()
  await door.receive({ CUP: 50 })
})
afterAll(() => door.end())

describe('signing in', () => {
  test('makes a session that a member reads orders with', async () => {
    const order = orderOf(await door.place({ CUP: 1 }))
    const staff = await signedIn(door, await testMember(door, 'staff'))
    expect(await staff.send('GET', `/api/v1/orders/${order.id}`)).toMatchObject({ status: 200, json: { id: order.id } })
  })
})
