output "queue_arn" {
  value = aws_sqs_queue.this.arn
}

output "queue_url" {
  value = aws_sqs_queue.this.url
}

output "queue_name" {
  value = aws_sqs_queue.this.name
}

output "dead_queue_name" {
  value = aws_sqs_queue.dead.name
}

output "role_arn" {
  # Not before it may do what it is for: a hook is tried out as it is made.
  depends_on = [aws_iam_role_policy.hooks]
  value      = aws_iam_role.hooks.arn
}
