-- A small sound ledger with everything in it: starting credits, a purchase half of which went back, credits that expired, work that was settled in part and
-- refunded in part, work that failed, work under way, and somebody who owed credits and repaid them.
BEGIN;
INSERT INTO "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt") VALUES
  ('u1', 'Ada', 'ada@studio.test', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'),
  ('u2', 'Bob', 'bob@studio.test', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z');
INSERT INTO ledger_account ("id", "userId", "kind") SELECT 'u:' || u."id" || ':' || k.value, u."id", k.value
  FROM "user" u, json_each('["issued","held","spent","expired","revoked","debt"]') k;
INSERT INTO credit_grant ("id", "userId", "kind", "source", "chargeRef", "amount", "priority", "expiresAt", "createdAt") VALUES
  ('signup:u1', 'u1', 'promo', 'signup:u1', NULL, 50, 5, 4102444800000, 1767225600000),
  ('old', 'u1', 'promo', 'old', NULL, 10, 5, 1767312000000, 1767225600000),
  ('cs_1', 'u1', 'topup', 'cs_1', 'pi_1', 500, 20, 4102444800000, 1767225600000),
  ('in_2', 'u2', 'plan', 'in_2', 'pi_2', 100, 10, 4102444800000, 1767225600000);
INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") SELECT 'grant:' || "source", 'grant', "userId", '', "createdAt" FROM credit_grant;
INSERT INTO ledger_account ("id", "userId", "kind") SELECT 'g:' || "id", "userId", 'grant' FROM credit_grant;
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at")
  SELECT 'grant:' || "source", "userId", 'u:' || "userId" || ':issued', 'g:' || "id", "amount", "createdAt" FROM credit_grant;
INSERT INTO checkout ("id", "userId", "kind", "item", "credits", "state", "sessionId", "invoiceId", "createdAt", "expiresAt") VALUES
  ('co_1', 'u1', 'topup', 'pack-500', 500, 'paid', 'cs_1', 'in_9', 1767225600000, 1767312000000);

INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES ('expire:old:r1', 'expire', 'u1', 'old', '', 1767312000000);
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('expire:old:r1', 'u1', 'g:old', 'u:u1:expired', 10, 1767312000000);

-- 60 held, 55 captured, 8 refunded.
INSERT INTO generation ("id", "userId", "model", "prompt", "inputs", "status", "price", "charged", "createdAt", "finishedAt", "checkAt") VALUES
  ('01kdw000000000000000000001', 'u1', 'flux-dev', 'a lake', '{}', 'succeeded', 60, 55, 1, 2, 0);
INSERT INTO generation_output ("generationId", "n", "userId", "mediaKey", "mediaType", "bytes", "width", "height", "etag", "createdAt") VALUES
  ('01kdw000000000000000000001', 0, 'u1', '01kdw000000000000000000001/0', 'image/webp', 1, 1, 1, 'e', 2);
INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('hold:01kdw000000000000000000001', 'hold', 'u1', '', 1);
INSERT INTO credit_hold_part ("holdId", "seq", "userId", "grantId", "amount") VALUES
  ('01kdw000000000000000000001', 1, 'u1', 'signup:u1', 50), ('01kdw000000000000000000001', 2, 'u1', 'cs_1', 10);
INSERT INTO credit_hold ("id", "userId", "amount", "expiresAt", "createdAt") VALUES ('01kdw000000000000000000001', 'u1', 60, 9, 1);
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES
  ('hold:01kdw000000000000000000001', 'u1', 'g:signup:u1', 'u:u1:held', 50, 1), ('hold:01kdw000000000000000000001', 'u1', 'g:cs_1', 'u:u1:held', 10, 1);
INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES
  ('settle:01kdw000000000000000000001', 'settle', 'u1', '01kdw000000000000000000001', '', 2);
UPDATE credit_hold SET "state" = 'settled', "captured" = 55, "closedAt" = 2 WHERE "id" = '01kdw000000000000000000001';
UPDATE credit_hold_part SET "captured" = CASE "seq" WHEN 1 THEN 50 ELSE 5 END WHERE "holdId" = '01kdw000000000000000000001';
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES
  ('settle:01kdw000000000000000000001', 'u1', 'u:u1:held', 'u:u1:spent', 55, 2), ('settle:01kdw000000000000000000001', 'u1', 'u:u1:held', 'g:cs_1', 5, 2);
INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES ('refund:k1', 'refund', 'u1', '01kdw000000000000000000001', '', 3);
UPDATE credit_hold SET "refunded" = 8 WHERE "id" = '01kdw000000000000000000001';
UPDATE credit_hold_part SET "refunded" = CASE "seq" WHEN 1 THEN 3 ELSE 5 END WHERE "holdId" = '01kdw000000000000000000001';
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES
  ('refund:k1', 'u1', 'u:u1:spent', 'g:cs_1', 5, 3), ('refund:k1', 'u1', 'u:u1:spent', 'g:signup:u1', 3, 3);

-- Failed: all of it released.
INSERT INTO generation ("id", "userId", "model", "prompt", "inputs", "status", "price", "charged", "failureCode", "createdAt", "finishedAt", "checkAt") VALUES
  ('01kdw000000000000000000002', 'u1', 'flux-dev', 'a lake', '{}', 'failed', 4, 0, 'host_failed', 4, 5, 0);
INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('hold:01kdw000000000000000000002', 'hold', 'u1', '', 4);
INSERT INTO credit_hold_part ("holdId", "seq", "userId", "grantId", "amount") VALUES
  ('01kdw000000000000000000002', 1, 'u1', 'signup:u1', 3), ('01kdw000000000000000000002', 2, 'u1', 'cs_1', 1);
INSERT INTO credit_hold ("id", "userId", "amount", "expiresAt", "createdAt") VALUES ('01kdw000000000000000000002', 'u1', 4, 9, 4);
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES
  ('hold:01kdw000000000000000000002', 'u1', 'g:signup:u1', 'u:u1:held', 3, 4), ('hold:01kdw000000000000000000002', 'u1', 'g:cs_1', 'u:u1:held', 1, 4);
INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES
  ('void:01kdw000000000000000000002', 'void', 'u1', '01kdw000000000000000000002', '', 5);
UPDATE credit_hold SET "state" = 'void', "closedAt" = 5 WHERE "id" = '01kdw000000000000000000002';
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES
  ('void:01kdw000000000000000000002', 'u1', 'u:u1:held', 'g:signup:u1', 3, 5), ('void:01kdw000000000000000000002', 'u1', 'u:u1:held', 'g:cs_1', 1, 5);

-- Under way.
INSERT INTO generation ("id", "userId", "model", "prompt", "inputs", "status", "price", "createdAt", "checkAt") VALUES
  ('01kdw000000000000000000003', 'u1', 'flux-dev', 'a lake', '{}', 'queued', 3, 6, 0);
INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('hold:01kdw000000000000000000003', 'hold', 'u1', '', 6);
INSERT INTO credit_hold_part ("holdId", "seq", "userId", "grantId", "amount") VALUES ('01kdw000000000000000000003', 1, 'u1', 'signup:u1', 3);
INSERT INTO credit_hold ("id", "userId", "amount", "expiresAt", "createdAt") VALUES ('01kdw000000000000000000003', 'u1', 3, 9, 6);
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('hold:01kdw000000000000000000003', 'u1', 'g:signup:u1', 'u:u1:held', 3, 6);

-- Half of the money for the purchase went back.
INSERT INTO payment ("id", "charged", "reversed", "chargeId", "seenAt") VALUES ('pi_1', 700, 350, 'ch_1', 7), ('pi_2', 1000, 1000, 'ch_2', 7);
INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES ('claw:cs_1:7', 'claw', 'u1', 'cs_1', 'to:250', 7);
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('claw:cs_1:7', 'u1', 'g:cs_1', 'u:u1:revoked', 250, 7);
UPDATE credit_grant SET "clawed" = 250, "clawSeen" = 7 WHERE "id" = 'cs_1';

-- All spent, all of the money back, and the next credits repay it. The generation was deleted since.
INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('hold:01kdw000000000000000000004', 'hold', 'u2', '', 1);
INSERT INTO credit_hold_part ("holdId", "seq", "userId", "grantId", "amount", "captured") VALUES ('01kdw000000000000000000004', 1, 'u2', 'in_2', 100, 100);
INSERT INTO credit_hold ("id", "userId", "amount", "expiresAt", "createdAt") VALUES ('01kdw000000000000000000004', 'u2', 100, 9, 1);
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('hold:01kdw000000000000000000004', 'u2', 'g:in_2', 'u:u2:held', 100, 1);
INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES
  ('settle:01kdw000000000000000000004', 'settle', 'u2', '01kdw000000000000000000004', '', 2);
UPDATE credit_hold SET "state" = 'settled', "captured" = 100, "closedAt" = 2 WHERE "id" = '01kdw000000000000000000004';
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('settle:01kdw000000000000000000004', 'u2', 'u:u2:held', 'u:u2:spent', 100, 2);
INSERT INTO ledger_op ("id", "kind", "userId", "ref", "digest", "at") VALUES ('claw:in_2:7', 'claw', 'u2', 'in_2', 'to:100', 7);
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES ('claw:in_2:7', 'u2', 'u:u2:debt', 'u:u2:revoked', 100, 7);
UPDATE credit_grant SET "clawed" = 100, "clawSeen" = 7 WHERE "id" = 'in_2';
INSERT INTO ledger_op ("id", "kind", "userId", "digest", "at") VALUES ('grant:in_3', 'grant', 'u2', '', 8);
INSERT INTO credit_grant ("id", "userId", "kind", "source", "chargeRef", "amount", "priority", "expiresAt", "createdAt") VALUES
  ('in_3', 'u2', 'plan', 'in_3', 'pi_3', 150, 10, 4102444800000, 8);
INSERT INTO ledger_account ("id", "userId", "kind") VALUES ('g:in_3', 'u2', 'grant');
INSERT INTO ledger_entry ("opId", "userId", "src", "dst", "amount", "at") VALUES
  ('grant:in_3', 'u2', 'u:u2:issued', 'g:in_3', 150, 8), ('grant:in_3', 'u2', 'g:in_3', 'u:u2:debt', 100, 8);
COMMIT;
