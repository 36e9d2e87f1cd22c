output "asg_name" {
  value = aws_autoscaling_group.this.name
}

output "bounds" {
  value = { min = aws_autoscaling_group.this.min_size, max = aws_autoscaling_group.this.max_size }
}

output "security_group_id" {
  value = module.host.security_group_id
}

output "log_group" {
  value = module.host.log_group
}
