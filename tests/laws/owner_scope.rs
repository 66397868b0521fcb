//! Owner scope: every statement that touches a user-owned table has an owner predicate on it. The statements are parsed, not searched.
//!
//! A table counts as scoped if one of these is among the conditions that have to hold (the conjuncts of WHERE and ON):
//! its owner column equals the asking user (`:userId`, who was authenticated in this request, or the owner of a live session), or the
//! owner column of a table that is scoped already; or, for `session` and `api_key`, the token or the key equals `:session`, which nobody else knows.

use atelier::{
    domain::privacy::{Ownership, TABLES},
    store::{STATEMENTS, Scope, Sql},
};
use sqlparser::{
    ast::{
        BinaryOperator, Delete, Expr, FromTable, Insert, JoinConstraint, JoinOperator, ObjectName, Select, SelectItem, SetExpr, Statement,
        TableFactor, TableObject, TableWithJoins, Value, Visit, Visitor,
    },
    dialect::SQLiteDialect,
    parser::Parser,
};
use std::{collections::BTreeMap, ops::ControlFlow};

const OWNER: &str = r#"(SELECT s."userId" FROM session s WHERE s."token" = :session AND s."expiresAt" > :nowText UNION ALL SELECT k."userId" FROM api_key k WHERE k."key" = :session)"#;

/// Every statement that may touch rows without a session of their owner. A new one is a decision, not an accident.
const SYSTEM: &[&str] = &[
    "CHECKOUT_RESULT",
    "CHECK_DUE",
    "CHECK_LATER_INVOICE",
    "CHECK_LATER_PAYMENT",
    "CHECK_LATER_SUBSCRIPTION",
    "CLAW_NOTE",
    "CLAW_OP",
    "CLAW_OWED",
    "CLAW_REPAY",
    "CLAW_RESTORED",
    "CLAW_TAKEN",
    "CLOSED_REPAY",
    "CREDENTIAL_BY_EMAIL",
    "CUSTOMER_GONE",
    "CUSTOMER_REMOVALS",
    "CUSTOMER_SUBSCRIPTIONS",
    "DUE_AGAIN",
    "DUE_LATER",
    "DUE_READ",
    "EVENT_PARKED",
    "EVENT_TAKE",
    "EXPIRE_ENTRIES",
    "EXPIRE_MARK",
    "EXPIRE_OP",
    "FORGOTTEN",
    "GENERATION_COST",
    "GENERATION_FAIL",
    "GENERATION_MOVE_LATER",
    "GENERATION_PROGRESS",
    "GENERATION_SAVING",
    "GENERATION_STATUS",
    "GENERATION_SUCCEED",
    "GIVEN_ACCOUNTS",
    "GIVEN_GRANT",
    "GIVEN_OP",
    "GRANTED",
    "GRANT_ACCOUNT",
    "GRANT_ENTRY",
    "GRANT_REPAY",
    "INVOICE_DOUBT",
    "INVOICE_NOTE",
    "KEYS_FORGET",
    "LINK_ACCOUNT",
    "LINK_READ",
    "LINK_TOKENS",
    "MAIL_CLAIM",
    "MAIL_FORGET",
    "MAIL_INSERT",
    "MAIL_INSERT_FOR",
    "MAIL_READ",
    "MODEL_DAY_ADD",
    "OP_DIGEST",
    "ORPHANS",
    "OUTPUT_INSERT",
    "PAID_ACCOUNTS",
    "PAID_BY",
    "PAID_GRANT",
    "PAID_OP",
    "PAYMENT_DOUBT",
    "PAYMENT_FAILED_MAIL",
    "PAYMENT_NOTE",
    "REFUND_ENTRIES",
    "REFUND_GRANTS",
    "REFUND_HOLD",
    "REFUND_OP",
    "REFUND_PARTS",
    "REFUND_REPAY",
    "REMOVALS_FORGET",
    "REMOVALS_READ",
    "REMOVALS_TRIED",
    "REMOVAL_OF_FAILED",
    "SESSIONS_FORGET",
    "SETTLE_HOLD",
    "SETTLE_OP",
    "SETTLE_PARTS",
    "SETTLE_REST",
    "SETTLE_SPENT",
    "SHARES_FORGET",
    "SHARE_OPEN",
    "SOCIAL_ACCOUNT",
    "SOCIAL_OWNER",
    "SOCIAL_SESSION",
    "SOCIAL_TOKENS",
    "SOCIAL_USER",
    "SOCIAL_VERIFIED",
    "SOURCES_WORK",
    "SUBSCRIPTION_DOUBT",
    "SUBSCRIPTION_NOTE",
    "SUBSCRIPTION_OVERWRITE",
    "TURNS_DUE",
    "TURN_CLAIM",
    "TURN_END",
    "TURN_GIVE",
    "TURN_NEXT",
    "TURN_TAKE",
    "TURN_UNCLAIM",
    "TURN_WORK",
    "UPLOADS_FORGET",
    "UPLOADS_REMOVE",
    "UPLOAD_STORED",
    "USER_BY_EMAIL",
    "USER_VERIFY_BY_EMAIL",
    "VERIFICATION_INSERT_FOR",
    "VERIFICATION_LINK_USER",
    "VERIFICATION_USER",
    "VOID_ENTRIES",
    "VOID_HOLD",
    "VOID_OP",
];

fn owner_column(table: &str) -> Option<&'static str> {
    TABLES.iter().find(|known| known.name == table).and_then(|known| match known.owner {
        Ownership::User(column) => Some(column),
        Ownership::Nobody => None,
    })
}

fn table_name(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone()).unwrap_or_default()
}

/// The tables of one SELECT, UPDATE or DELETE by the name they go under, with their owner column; derived tables are checked inside.
#[derive(Default, Clone, Debug)]
struct Frame {
    owned: BTreeMap<String, &'static str>,
    scoped: BTreeMap<String, &'static str>,
}

#[derive(Default)]
struct Check {
    stack: Vec<Frame>,
    faults: Vec<String>,
    touches_owned: bool,
}

impl Check {
    fn add(&mut self, frame: &mut Frame, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let name = table_name(name);
                if let Some(column) = owner_column(&name) {
                    self.touches_owned = true;
                    let alias = alias.as_ref().map_or(name, |alias| alias.name.value.clone());
                    frame.owned.insert(alias, column);
                }
            }
            TableFactor::Derived { alias: Some(alias), .. } => {
                frame.scoped.insert(alias.name.value.clone(), "userId");
            }
            TableFactor::Table { args: Some(_), .. } => {}
            other => self.faults.push(format!("a table of a kind that is not judged: {other}")),
        }
    }

    fn frame(&mut self, from: &[TableWithJoins], selection: Option<&Expr>) -> Frame {
        let mut frame = Frame::default();
        let mut conditions: Vec<Expr> = selection.cloned().into_iter().flat_map(conjuncts).collect();
        for table in from {
            self.add(&mut frame, &table.relation);
            for join in &table.joins {
                self.add(&mut frame, &join.relation);
                if let JoinOperator::Join(JoinConstraint::On(on))
                | JoinOperator::Inner(JoinConstraint::On(on))
                | JoinOperator::Left(JoinConstraint::On(on)) = &join.join_operator
                {
                    conditions.extend(conjuncts(on.clone()));
                }
            }
        }
        loop {
            let newly: Vec<_> = frame
                .owned
                .iter()
                .filter(|(alias, _)| !frame.scoped.contains_key(*alias))
                .filter(|(alias, column)| conditions.iter().any(|condition| self.scopes(&frame, alias, column, condition)))
                .map(|(alias, column)| (alias.clone(), *column))
                .collect();
            if newly.is_empty() {
                break;
            }
            frame.scoped.extend(newly);
        }
        for alias in frame.owned.keys().filter(|alias| !frame.scoped.contains_key(*alias)) {
            self.faults.push(format!("{alias} has no owner predicate"));
        }
        frame
    }

    /// True if `condition` scopes the table that goes under `alias`.
    fn scopes(&self, frame: &Frame, alias: &str, column: &str, condition: &Expr) -> bool {
        let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = condition else { return false };
        let sides = [(left, right), (right, left)];
        sides.into_iter().any(|(column_side, value_side)| {
            let named = |wanted: &str| match &**column_side {
                Expr::CompoundIdentifier(parts) => parts.len() == 2 && parts[0].value == alias && parts[1].value == wanted,
                Expr::Identifier(ident) => frame.owned.len() == 1 && ident.value == wanted,
                _ => false,
            };
            let token = (named("token") || named("key")) && value_side.to_string() == ":session";
            token || named(column) && self.is_owner(frame, value_side)
        })
    }

    /// True if an expression can only be the asking user: see the head of this file.
    fn is_owner(&self, frame: &Frame, value: &Expr) -> bool {
        match value {
            Expr::Value(value) => matches!(&value.value, Value::Placeholder(name) if name == ":userId"),
            Expr::Subquery(query) => format!("({query})") == OWNER,
            Expr::CompoundIdentifier(parts) => {
                let frames = std::iter::once(frame).chain(self.stack.iter().rev());
                parts.len() == 2 && frames.into_iter().any(|frame| frame.scoped.get(&parts[0].value) == Some(&parts[1].value.as_str()))
            }
            _ => false,
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else { return self.faults.push("an insert of a kind that is not judged".to_owned()) };
        let Some(column) = owner_column(&table_name(name)) else { return };
        self.touches_owned = true;
        let Some(position) = insert.columns.iter().position(|name| table_name(name) == column) else {
            return self.faults.push(format!("an insert into {name} without {column}"));
        };
        let rows: Vec<Vec<Expr>> = match insert.source.as_ref().map(|source| &*source.body) {
            Some(SetExpr::Values(values)) => values.rows.iter().map(|row| row.content.clone()).collect(),
            Some(SetExpr::Select(select)) => vec![select.projection.iter().map(projected).collect()],
            _ => return self.faults.push("an insert from something that is not judged".to_owned()),
        };
        let frame = match insert.source.as_ref().map(|source| &*source.body) {
            Some(SetExpr::Select(select)) => self.frame(&select.from, select.selection.as_ref()),
            _ => Frame::default(),
        };
        if !rows.iter().all(|row| row.get(position).is_some_and(|value| self.is_owner(&frame, value))) {
            self.faults.push(format!("an insert into {name} for somebody else"));
        }
    }
}

fn projected(item: &SelectItem) -> Expr {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => expr.clone(),
        other => panic!("a projection of a kind that is not judged: {other}"),
    }
}

fn conjuncts(condition: Expr) -> Vec<Expr> {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => [conjuncts(*left), conjuncts(*right)].concat(),
        Expr::Nested(inner) => conjuncts(*inner),
        other => vec![other],
    }
}

impl Visitor for Check {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let frame = self.frame(&select.from, select.selection.as_ref());
        self.stack.push(frame);
        ControlFlow::Continue(())
    }
    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.stack.pop();
        ControlFlow::Continue(())
    }
    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        let frame = match statement {
            Statement::Insert(insert) => {
                self.insert(insert);
                Frame::default()
            }
            Statement::Update(update) => {
                if update.assignments.iter().any(|assignment| assignment.target.to_string().contains("userId")) {
                    self.faults.push("an update of the owner".to_owned());
                }
                self.frame(std::slice::from_ref(&update.table), update.selection.as_ref())
            }
            Statement::Delete(Delete { from: FromTable::WithFromKeyword(from), selection, .. }) => self.frame(from, selection.as_ref()),
            _ => Frame::default(),
        };
        self.stack.push(frame);
        ControlFlow::Continue(())
    }
    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.stack.pop();
        ControlFlow::Continue(())
    }
}

/// What is wrong with a text, and whether it touches user-owned tables at all.
fn judge(text: &str) -> (Vec<String>, bool) {
    let statements = Parser::parse_sql(&SQLiteDialect {}, text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(statements.len(), 1, "one statement each\n{text}");
    let mut check = Check::default();
    let _ = statements[0].visit(&mut check);
    (check.faults, check.touches_owned)
}

fn all() -> impl Iterator<Item = &'static Sql> {
    STATEMENTS.iter().flat_map(|file| file.iter().copied())
}

#[test]
fn every_statement_is_scoped() {
    for sql in all() {
        let (faults, touches_owned) = judge(sql.text);
        match sql.scope {
            Scope::Owner => {
                assert!(touches_owned, "{} touches no user-owned table: it is Plain", sql.name);
                assert!(faults.is_empty(), "{}: {faults:?}\n{}", sql.name, sql.text);
            }
            Scope::Plain => assert!(!touches_owned || faults.is_empty() && sql.name.starts_with("LEASE"), "{} touches user-owned tables", sql.name),
            Scope::System(reason) => assert!(reason.len() > 20, "{} needs its reason", sql.name),
        }
    }
}

#[test]
fn system_statements_are_listed() {
    let mut system: Vec<_> = all().filter(|sql| matches!(sql.scope, Scope::System(_))).map(|sql| sql.name).collect();
    system.sort_unstable();
    assert_eq!(system, SYSTEM);
}

#[test]
fn names_are_unique_and_stand_in_the_text() {
    let mut names = std::collections::BTreeSet::new();
    for sql in all() {
        assert!(sql.text.starts_with(&format!("-- {}\n", sql.name)));
        assert!(names.insert(sql.name), "{} stands twice", sql.name);
    }
}

#[test]
fn the_judge_sees_what_is_missing() {
    let owner = OWNER;
    for good in [
        format!(r#"SELECT g."id" FROM generation g WHERE g."userId" = {owner}"#),
        format!(
            r#"SELECT o."n" FROM generation_output o JOIN generation g ON g."id" = o."generationId" AND g."userId" = o."userId" WHERE o."userId" = {owner}"#
        ),
        r#"INSERT INTO idempotency ("userId", "key") VALUES (:userId, :key)"#.to_owned(),
        r#"DELETE FROM session WHERE "token" = :session"#.to_owned(),
        format!(
            r#"SELECT 1 FROM generation g WHERE g."userId" = {owner} AND EXISTS (SELECT 1 FROM generation_output o WHERE o."userId" = g."userId")"#
        ),
    ] {
        assert_eq!(judge(&good).0, Vec::<String>::new(), "{good}");
    }
    for evil in [
        r#"SELECT g."id" FROM generation g WHERE g."id" = :id"#.to_owned(),
        format!(r#"SELECT g."id" FROM generation g WHERE g."id" = :id OR g."userId" = {owner}"#),
        format!(r#"SELECT g."id" FROM generation g WHERE g."userId" <> {owner}"#),
        format!(r#"SELECT o."n" FROM generation g JOIN generation_output o ON o."generationId" = g."id" WHERE g."userId" = {owner}"#),
        r#"SELECT g."id" FROM generation g WHERE g."userId" = :owner"#.to_owned(),
        r#"SELECT g."id" FROM generation g WHERE g."userId" = (SELECT s."userId" FROM session s WHERE s."id" = :x)"#.to_owned(),
        r#"SELECT g."id" FROM generation g WHERE g."userId" = g."userId""#.to_owned(),
        format!(r#"SELECT 1 FROM generation g WHERE g."userId" = {owner} AND EXISTS (SELECT 1 FROM generation_output o WHERE o."n" = 1)"#),
        r#"UPDATE generation SET "prompt" = 'x' WHERE "id" = :id"#.to_owned(),
        format!(r#"UPDATE generation SET "userId" = :x WHERE "userId" = {owner}"#),
        r"DELETE FROM generation".to_owned(),
        r#"INSERT INTO idempotency ("userId", "key") VALUES (:other, :key)"#.to_owned(),
        r#"INSERT INTO idempotency ("key") VALUES (:key)"#.to_owned(),
        r#"INSERT INTO idempotency ("userId", "key") SELECT g."userId", :key FROM generation g"#.to_owned(),
        r#"SELECT count(*) FROM "user""#.to_owned(),
    ] {
        assert!(!judge(&evil).0.is_empty(), "{evil}");
    }
}
