output "hosts" {
  description = "app and meet → host name."
  value       = local.hosts
}

output "zone_id" {
  value = aws_route53_zone.this.zone_id
}

output "name_servers" {
  description = "Whoever runs the parent domain points to these."
  value       = aws_route53_zone.this.name_servers
}

output "security_group_id" {
  value = aws_security_group.this.id
}

output "target_group_arns" {
  value = { for kind, group in aws_lb_target_group.this : kind => group.arn }
}

output "inner_host" {
  description = "Darasa's name inside."
  value       = local.inner_host
}

output "inner_target_group_arn" {
  value = aws_lb_target_group.inner.arn
}

output "load_balancer_suffix" {
  value = aws_lb.this.arn_suffix
}
