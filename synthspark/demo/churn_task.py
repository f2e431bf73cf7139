"""The prediction for which the insurer hands its copy on: who leaves, told from all tables."""

from __future__ import annotations

CHURN_SQL = """\
SELECT k.churned, c.segment, c.gender, c.occupation, c.children, c.marketing_consent, c.annual_income,
       datediff(k.observed_on, c.birth_date) AS age, datediff(k.observed_on, c.customer_since) AS tenure,
       p.policies, p.premium, p.increase, l.claims, l.rejected, i.unpaid, i.reminders,
       t.contacts, t.sentiment, t.worst_sentiment, t.turned_down
FROM churn k
JOIN customer c ON c.customer_id = k.customer_id
LEFT JOIN (SELECT holder_id, count(*) AS policies, sum(annual_premium) AS premium,
                  avg(annual_premium / nullif(previous_premium, 0) - 1) AS increase
           FROM policy WHERE end_date IS NULL GROUP BY holder_id) p ON p.holder_id = c.customer_id
LEFT JOIN (SELECT holder_id, count(*) AS claims, count_if(claim.status = 'rejected') AS rejected
           FROM claim JOIN policy ON policy.policy_id = claim.policy_id GROUP BY holder_id) l
       ON l.holder_id = c.customer_id
LEFT JOIN (SELECT holder_id, avg(reminders) AS reminders,
                  avg(CASE WHEN invoice.status IN ('overdue', 'written off') THEN 1.0 ELSE 0.0 END) AS unpaid
           FROM invoice JOIN policy ON policy.policy_id = invoice.policy_id GROUP BY holder_id) i
       ON i.holder_id = c.customer_id
LEFT JOIN (SELECT customer_id, count(*) AS contacts, avg(sentiment) AS sentiment, min(sentiment) AS worst_sentiment,
                  count_if(NOT complaint.upheld) AS turned_down
           FROM contact LEFT JOIN complaint ON complaint.contact_id = contact.contact_id GROUP BY customer_id) t
       ON t.customer_id = c.customer_id
"""

CHURN_TASK = {"name": "churn", "sql": CHURN_SQL, "target": "churned"}
