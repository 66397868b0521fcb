-- What is true of the ledger at every moment that a reader can see. Each query names what contradicts it, by ids: a sound ledger answers none of them.
-- A line of a name, a colon and words opens an invariant, a semicolon closes it: invariants.rs reads it so.
-- The clock is `unixepoch()` everywhere, in whole seconds: now is before the next. Whoever moves the time puts a function of their own in its place.

-- balance_equals_entries: a balance is what its entries add up to
SELECT a."id" FROM ledger_account a LEFT JOIN (
    SELECT m."account", sum(m."change") AS "total" FROM (
      SELECT e."dst" AS "account", e."amount" AS "change" FROM ledger_entry e UNION ALL SELECT e."src", -e."amount" FROM ledger_entry e) m
    GROUP BY m."account") t ON t."account" = a."id"
  WHERE a."balance" <> coalesce(t."total", 0);

-- user_sums_to_zero: the balances of a user add up to zero
SELECT a."userId" FROM ledger_account a GROUP BY a."userId" HAVING sum(a."balance") <> 0;

-- sign: issued and debt are at most zero, every other balance at least zero
SELECT a."id" FROM ledger_account a WHERE CASE WHEN a."kind" IN ('issued','debt') THEN a."balance" > 0 ELSE a."balance" < 0 END;

-- accounts_named: an account is called after its user and kind, or after its grant, of which it has the user
SELECT a."id" FROM ledger_account a LEFT JOIN credit_grant g ON a."kind" = 'grant' AND g."id" = substr(a."id", 3)
  WHERE CASE WHEN a."kind" = 'grant' THEN g."userId" IS NOT a."userId" OR a."id" <> 'g:' || g."id" ELSE a."id" <> 'u:' || a."userId" || ':' || a."kind" END;

-- accounts_complete: whoever has a command has the six accounts, and every grant has its own
SELECT o."userId", k.value FROM (SELECT DISTINCT "userId" FROM ledger_op) o JOIN json_each('["issued","held","spent","expired","revoked","debt"]') k
  WHERE NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a."id" = 'u:' || o."userId" || ':' || k.value)
UNION ALL SELECT g."userId", g."id" FROM credit_grant g WHERE NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a."id" = 'g:' || g."id");

-- entry_of_command: an entry belongs to a command of the same user, and lies between two accounts of that user
SELECT e."n" FROM ledger_entry e LEFT JOIN ledger_op o ON o."id" = e."opId" LEFT JOIN ledger_account s ON s."id" = e."src"
    LEFT JOIN ledger_account d ON d."id" = e."dst"
  WHERE o."userId" IS NOT e."userId" OR s."userId" IS NOT e."userId" OR d."userId" IS NOT e."userId";

-- entry_fits_command: credits move only as the kind of their command lets them; any command may pay back debt
SELECT e."n" FROM ledger_entry e JOIN ledger_op o ON o."id" = e."opId" JOIN ledger_account s ON s."id" = e."src" JOIN ledger_account d ON d."id" = e."dst"
  WHERE s."kind" || '>' || d."kind" <> 'grant>debt' AND NOT CASE o."kind"
    WHEN 'grant' THEN s."kind" || '>' || d."kind" = 'issued>grant'
    WHEN 'hold' THEN s."kind" || '>' || d."kind" = 'grant>held'
    WHEN 'settle' THEN s."kind" || '>' || d."kind" IN ('held>spent','held>grant')
    WHEN 'void' THEN s."kind" || '>' || d."kind" = 'held>grant'
    WHEN 'refund' THEN s."kind" || '>' || d."kind" = 'spent>grant'
    WHEN 'claw' THEN s."kind" || '>' || d."kind" IN ('grant>revoked','debt>revoked','revoked>grant')
    WHEN 'expire' THEN s."kind" || '>' || d."kind" = 'grant>expired' ELSE 0 END;

-- command_moves: a command moves credits (but to take back what is taken back already moves none)
SELECT o."id" FROM ledger_op o WHERE o."kind" <> 'claw' AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e."opId" = o."id");

-- grant_opened: a grant was opened once, by its command and with exactly its amount
SELECT g."id" FROM credit_grant g LEFT JOIN ledger_op o ON o."id" = 'grant:' || g."source" AND o."kind" = 'grant' AND o."userId" = g."userId"
  WHERE o."id" IS NULL OR (SELECT count(*) FROM ledger_entry e WHERE e."opId" = o."id" AND e."src" = 'u:' || g."userId" || ':issued') <> 1
    OR NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e."opId" = o."id" AND e."src" = 'u:' || g."userId" || ':issued'
      AND e."dst" = 'g:' || g."id" AND e."amount" = g."amount");

-- grant_of_command: a command to grant has its grant
SELECT o."id" FROM ledger_op o LEFT JOIN credit_grant g ON 'grant:' || g."source" = o."id" AND g."userId" = o."userId"
  WHERE o."kind" = 'grant' AND g."id" IS NULL;

-- one_grant_per_cause: neither one cause nor one payment, nor one purchase by its session and again by its invoice, gave credits twice
SELECT min(g."id"), max(g."id") FROM credit_grant g GROUP BY trim(g."source") HAVING count(*) > 1
UNION ALL SELECT min(g."id"), max(g."id") FROM credit_grant g WHERE g."chargeRef" IS NOT NULL GROUP BY g."chargeRef" HAVING count(*) > 1
UNION ALL SELECT s."id", i."id" FROM checkout c JOIN credit_grant s ON s."source" = c."sessionId" JOIN credit_grant i ON i."source" = c."invoiceId";

-- issued_equals_grants: what was issued to a user is what was granted to them
SELECT a."userId" FROM ledger_account a LEFT JOIN (SELECT "userId", sum("amount") AS "total" FROM credit_grant GROUP BY "userId") g ON g."userId" = a."userId"
  WHERE a."kind" = 'issued' AND -a."balance" <> coalesce(g."total", 0);

-- hold_of_command: a hold has its command and a command to hold its hold, of the same user
SELECT h."id" FROM credit_hold h LEFT JOIN ledger_op o ON o."id" = 'hold:' || h."id" AND o."kind" = 'hold' AND o."userId" = h."userId" WHERE o."id" IS NULL
UNION ALL SELECT o."id" FROM ledger_op o LEFT JOIN credit_hold h ON 'hold:' || h."id" = o."id" AND h."userId" = o."userId"
  WHERE o."kind" = 'hold' AND h."id" IS NULL;

-- hold_parts: the parts of a hold add up to it in amount, capture and refund, and come from different grants of its user
SELECT h."id" FROM credit_hold h LEFT JOIN (
    SELECT "holdId", sum("amount") AS "amount", sum("captured") AS "captured", sum("refunded") AS "refunded", count(*) AS "parts",
      count(DISTINCT "grantId") AS "grants" FROM credit_hold_part GROUP BY "holdId") p ON p."holdId" = h."id"
  WHERE p."holdId" IS NULL OR h."amount" <> p."amount" OR h."captured" <> p."captured" OR h."refunded" <> p."refunded" OR p."parts" <> p."grants";

-- parts_owned: a part belongs to a hold and to a grant of its user
SELECT p."holdId", p."seq" FROM credit_hold_part p LEFT JOIN credit_hold h ON h."id" = p."holdId" LEFT JOIN credit_grant g ON g."id" = p."grantId"
  WHERE h."userId" IS NOT p."userId" OR g."userId" IS NOT p."userId";

-- hold_taken: a hold took from each grant what its part says
SELECT p."holdId", p."grantId" FROM credit_hold_part p WHERE p."amount" <> (SELECT coalesce(sum(e."amount"), 0) FROM ledger_entry e
    WHERE e."opId" = 'hold:' || p."holdId" AND e."src" = 'g:' || p."grantId" AND e."dst" = 'u:' || p."userId" || ':held')
UNION ALL SELECT h."id", NULL FROM credit_hold h WHERE h."amount" <> (SELECT coalesce(sum(e."amount"), 0) FROM ledger_entry e
    WHERE e."opId" = 'hold:' || h."id" AND e."dst" = 'u:' || h."userId" || ':held');

-- hold_closed_once: an open hold was neither settled nor released, a closed one was exactly one of the two, once
SELECT h."id" FROM credit_hold h LEFT JOIN (
    SELECT "ref", "userId", sum("kind" = 'settle') AS "settled", sum("kind" = 'void') AS "void" FROM ledger_op WHERE "kind" IN ('settle','void')
    GROUP BY "ref", "userId") o ON o."ref" = h."id" AND o."userId" = h."userId"
  WHERE coalesce(o."settled", 0) <> (h."state" = 'settled') OR coalesce(o."void", 0) <> (h."state" = 'void');

-- command_of_hold: what settles, releases or refunds names a hold of its user, and only what was settled is refunded
SELECT o."id" FROM ledger_op o LEFT JOIN credit_hold h ON h."id" = o."ref" AND h."userId" = o."userId"
  WHERE o."kind" IN ('settle','void','refund') AND (h."id" IS NULL OR (o."kind" = 'refund' AND h."state" <> 'settled'));

-- settled_as_captured: to settle spends what was captured and returns the rest of each part to its grant
SELECT h."id", NULL FROM credit_hold h JOIN ledger_op o ON o."kind" = 'settle' AND o."ref" = h."id"
  WHERE h."captured" <> (SELECT coalesce(sum(e."amount"), 0) FROM ledger_entry e
    WHERE e."opId" = o."id" AND e."src" = 'u:' || h."userId" || ':held' AND e."dst" = 'u:' || h."userId" || ':spent')
UNION ALL SELECT p."holdId", p."grantId" FROM credit_hold_part p JOIN ledger_op o ON o."kind" = 'settle' AND o."ref" = p."holdId"
  WHERE p."amount" - p."captured" <> (SELECT coalesce(sum(e."amount"), 0) FROM ledger_entry e
    WHERE e."opId" = o."id" AND e."src" = 'u:' || p."userId" || ':held' AND e."dst" = 'g:' || p."grantId");

-- released_whole: to release returns all of each part to its grant
SELECT p."holdId", p."grantId" FROM credit_hold_part p JOIN ledger_op o ON o."kind" = 'void' AND o."ref" = p."holdId"
  WHERE p."amount" <> (SELECT coalesce(sum(e."amount"), 0) FROM ledger_entry e
    WHERE e."opId" = o."id" AND e."src" = 'u:' || p."userId" || ':held' AND e."dst" = 'g:' || p."grantId");

-- held_equals_open_holds: what is held of a user is what their open holds come to
SELECT a."userId" FROM ledger_account a LEFT JOIN (SELECT "userId", sum("amount") AS "total" FROM credit_hold WHERE "state" = 'open' GROUP BY "userId") h
    ON h."userId" = a."userId"
  WHERE a."kind" = 'held' AND a."balance" <> coalesce(h."total", 0);

-- spent_equals_captured: what a user spent is what was captured of their holds and not refunded
SELECT a."userId" FROM ledger_account a LEFT JOIN (SELECT "userId", sum("captured" - "refunded") AS "total" FROM credit_hold GROUP BY "userId") h
    ON h."userId" = a."userId"
  WHERE a."kind" = 'spent' AND a."balance" <> coalesce(h."total", 0);

-- refunded_as_entered: what a hold and its parts say was refunded is what the entries of its refunds say
SELECT h."id", NULL FROM credit_hold h LEFT JOIN (
    SELECT o."ref", sum(e."amount") AS "total" FROM ledger_op o JOIN ledger_entry e ON e."opId" = o."id" AND e."src" = 'u:' || o."userId" || ':spent'
    WHERE o."kind" = 'refund' GROUP BY o."ref") r ON r."ref" = h."id"
  WHERE h."refunded" <> coalesce(r."total", 0)
UNION ALL SELECT p."holdId", p."grantId" FROM credit_hold_part p LEFT JOIN (
    SELECT o."ref", e."dst", sum(e."amount") AS "total" FROM ledger_op o JOIN ledger_entry e ON e."opId" = o."id" AND e."src" = 'u:' || o."userId" || ':spent'
    WHERE o."kind" = 'refund' GROUP BY o."ref", e."dst") r ON r."ref" = p."holdId" AND r."dst" = 'g:' || p."grantId"
  WHERE p."refunded" <> coalesce(r."total", 0);

-- within_bounds: nothing is captured beyond its hold, refunded beyond its capture, or taken back beyond its grant
SELECT h."id", NULL FROM credit_hold h WHERE h."captured" NOT BETWEEN 0 AND h."amount" OR h."refunded" NOT BETWEEN 0 AND h."captured"
UNION ALL SELECT p."holdId", p."grantId" FROM credit_hold_part p
  WHERE p."captured" NOT BETWEEN 0 AND p."amount" OR p."refunded" NOT BETWEEN 0 AND p."captured"
UNION ALL SELECT NULL, g."id" FROM credit_grant g WHERE g."clawed" NOT BETWEEN 0 AND g."amount";

-- clawed_as_entered: what was taken back of a grant is what the entries of its commands say, each about a grant of its user
SELECT g."id" FROM credit_grant g LEFT JOIN (
    SELECT o."ref", o."userId", sum(CASE WHEN e."dst" = 'u:' || o."userId" || ':revoked' THEN e."amount" ELSE -e."amount" END) AS "total"
    FROM ledger_op o JOIN ledger_entry e ON e."opId" = o."id" AND 'u:' || o."userId" || ':revoked' IN (e."src", e."dst")
    WHERE o."kind" = 'claw' GROUP BY o."ref", o."userId") c ON c."ref" = g."id" AND c."userId" = g."userId"
  WHERE g."clawed" <> coalesce(c."total", 0)
UNION ALL SELECT o."id" FROM ledger_op o LEFT JOIN credit_grant g ON g."id" = o."ref" AND g."userId" = o."userId" WHERE o."kind" = 'claw' AND g."id" IS NULL;

-- revoked_equals_clawed: what was taken back from a user is what was taken back of their grants
SELECT a."userId" FROM ledger_account a LEFT JOIN (SELECT "userId", sum("clawed") AS "total" FROM credit_grant GROUP BY "userId") g ON g."userId" = a."userId"
  WHERE a."kind" = 'revoked' AND a."balance" <> coalesce(g."total", 0);

-- clawed_as_reversed: of a grant as large a part is taken back, rounded up, as went back of its payment
SELECT g."id", p."id" FROM credit_grant g JOIN payment p ON p."id" = g."chargeRef"
  WHERE g."clawed" <> min(g."amount", (g."amount" * p."reversed" + p."charged" - 1) / p."charged")
UNION ALL SELECT g."id", g."chargeRef" FROM credit_grant g WHERE g."clawed" > 0 AND NOT EXISTS (SELECT 1 FROM payment p WHERE p."id" = g."chargeRef");

-- expired_equals_entries: what expired for a user is what the commands to expire took from their grants
SELECT a."userId" FROM ledger_account a LEFT JOIN (
    SELECT e."userId", sum(e."amount") AS "total" FROM ledger_op o JOIN ledger_entry e ON e."opId" = o."id" AND e."dst" = 'u:' || o."userId" || ':expired'
    WHERE o."kind" = 'expire' GROUP BY e."userId") x ON x."userId" = a."userId"
  WHERE a."kind" = 'expired' AND a."balance" <> coalesce(x."total", 0);

-- debt_only_when_empty: nobody owes credits who has some that can be spent (unless the account is gone)
SELECT d."userId", g."id" FROM ledger_account d JOIN credit_grant g ON g."userId" = d."userId" JOIN ledger_account a ON a."id" = 'g:' || g."id"
  WHERE d."kind" = 'debt' AND d."balance" < 0 AND a."balance" > 0 AND g."expiresAt" > (unixepoch() + 1) * 1000
    AND EXISTS (SELECT 1 FROM "user" u WHERE u."id" = d."userId");

-- generation_has_hold: a generation has a hold of its price and its user, open as long as it is open itself
SELECT n."id" FROM generation n LEFT JOIN credit_hold h ON h."id" = n."id" AND h."userId" = n."userId"
  WHERE h."id" IS NULL OR h."amount" <> n."price" OR (h."state" = 'open') <> (n."finishedAt" IS NULL);

-- hold_has_generation: an open hold has its generation
SELECT h."id" FROM credit_hold h WHERE h."state" = 'open' AND NOT EXISTS (SELECT 1 FROM generation n WHERE n."id" = h."id");

-- charged_as_captured: what a generation charged was captured; a success is settled, a failure released
SELECT n."id" FROM generation n JOIN credit_hold h ON h."id" = n."id"
  WHERE n."finishedAt" IS NOT NULL AND (n."charged" <> h."captured" OR (n."status" = 'succeeded') <> (h."state" = 'settled'));

-- outputs_of_success: a success has outputs, and nothing else has
SELECT n."id" FROM generation n WHERE (n."status" = 'succeeded') <> EXISTS (SELECT 1 FROM generation_output o WHERE o."generationId" = n."id");

-- one_generation_per_key: an idempotency key stands for one generation
SELECT i."generationId" FROM idempotency i GROUP BY i."generationId" HAVING count(*) > 1;

-- paid_checkout_has_grant: a pack of credits that is paid gave them at once, a plan when its first invoice was read, within a day, unless it was changed before that was paid
SELECT c."id" FROM checkout c WHERE c."state" = 'paid' AND c."credits" > 0 AND EXISTS (SELECT 1 FROM "user" u WHERE u."id" = c."userId")
  AND (c."kind" = 'topup' OR c."expiresAt" + 86400000 < unixepoch() * 1000)
  AND NOT EXISTS (SELECT 1 FROM credit_grant g WHERE g."userId" = c."userId" AND g."source" IN (c."sessionId", c."invoiceId"))
  AND NOT EXISTS (SELECT 1 FROM invoice f JOIN invoice b ON b."subscriptionId" = f."subscriptionId" AND b."id" <> f."id" AND b."paidAt" <= f."paidAt"
    WHERE f."id" = c."invoiceId");

-- triggers_stand: the triggers that move balances and refuse changes are there
SELECT t.value FROM json_each('["ledger_entry_apply","ledger_entry_no_update","ledger_entry_no_delete","ledger_op_no_update","ledger_op_no_delete",
    "ledger_op_ref","credit_hold_closed","credit_hold_funded","credit_hold_limits","credit_grant_fixed","generation_one_run","generation_terminal",
    "checkout_ended","session_gone","user_gone","user_gone_money"]') t
  WHERE NOT EXISTS (SELECT 1 FROM sqlite_master m WHERE m."type" = 'trigger' AND m."name" = t.value);
