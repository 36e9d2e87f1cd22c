output "topic_arn" {
  description = "Whoever is on duty subscribes to it by hand: an address is a person's."
  value       = aws_sns_topic.alarms.arn
}

output "alarms" {
  value = sort(keys(local.alarms))
}
